//! Pages of the parts of an upload.

use bytes::Bytes;
use http::{HeaderMap, Method};
use partsweep_core::{LookTime, Operation, PartPage, StoreError, StoreErrorKind, UploadAddress};

use super::inspector::Inspector;
use crate::address::escape::push_parameter;
use crate::net::collect::Spilled;
use crate::wire::attempt::Read;
use crate::wire::client::Client;
use crate::wire::request::S3Request;
use crate::xml::{ReadError, parts};

impl Inspector {
    /// One page of an upload's parts with numbers above `after`.
    pub(crate) async fn list_parts(
        &self,
        upload: &UploadAddress,
        after: u32,
    ) -> Result<PartPage, StoreError> {
        match self.part_page(upload, after, false).await {
            // Swift cannot write such a key into its answer, unless it may encode it.
            Err(error)
                if matches!(
                    error.kind,
                    StoreErrorKind::Malformed | StoreErrorKind::Server
                ) && upload.key.as_str().contains(char::is_control) =>
            {
                self.part_page(upload, after, true).await.map_err(|_| error)
            }
            answer => answer,
        }
    }

    /// Asks for a page of parts. An answer about another upload is none.
    async fn part_page(
        &self,
        upload: &UploadAddress,
        after: u32,
        encoded: bool,
    ) -> Result<PartPage, StoreError> {
        let mut query = String::new();
        if encoded {
            push_parameter(&mut query, "encoding-type", "url");
        }
        // No `max-parts`: every store's own page has 1,000 or more. SeaweedFS's has all 10,000, and
        // asked for 1,000 it puts part 10,000 on the first page and loses those between.
        if after > 0 {
            push_parameter(&mut query, "part-number-marker", &after.to_string());
        }
        push_parameter(&mut query, "uploadId", upload.id.as_str());
        let ask = S3Request::new(Operation::ListParts, Method::GET, Some(&upload.bucket))
            .with_key(&upload.key)
            .with_query(query);
        let read = ReadParts {
            client: &self.client,
            upload,
            after,
        };
        self.client.send_and_read(&ask, read).await
    }
}

/// How a page of an upload's parts is read.
struct ReadParts<'a> {
    client: &'a Client,
    upload: &'a UploadAddress,
    after: u32,
}

impl Read<PartPage> for ReadParts<'_> {
    const LONG: bool = false;

    fn read(
        &self,
        headers: &HeaderMap,
        body: &Bytes,
        answered: LookTime,
    ) -> Result<PartPage, ReadError> {
        let (mut page, about, forms) = parts::read(body, self.after)?;
        self.client.known.see_dates(forms);
        page.names_upload = about.is_of(self.upload)?;
        let dates = page.parts.iter().filter_map(|part| part.last_modified);
        page.date = self.client.known.now(headers, dates.max());
        page.answered = answered;
        Ok(page)
    }

    fn read_long(&self, _: &HeaderMap, _: Spilled) -> Result<PartPage, ReadError> {
        Err(ReadError::NotS3)
    }
}
