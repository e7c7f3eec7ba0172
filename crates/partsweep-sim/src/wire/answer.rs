//! Answers and refusals, before they are put on the wire.

use std::borrow::Cow;

use bytes::Bytes;

use crate::habits::Habits;
use crate::wire::body::Body;
use crate::wire::xml::Xml;

/// An answer: status, headers, body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(Cow<'static, str>, String)>,
    pub(crate) body: Body,
}

impl Answer {
    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::empty(),
        }
    }

    /// A document; the store's 500 if it cannot write it.
    pub(crate) fn document(xml: Xml) -> Result<Self, Refusal> {
        let text = xml
            .finish()
            .ok_or_else(|| Refusal::new(500, "InternalError"))?;
        Ok(Self::text(200, "application/xml", text))
    }

    /// An answer with a text.
    pub(crate) fn text(status: u16, kind: &str, text: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![("content-type".into(), kind.to_owned())],
            body: Body::Whole(text.into()),
        }
    }

    pub(crate) fn with(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
    ) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// An error that the server answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
    /// More elements of the document, such as `<Region>`.
    pub(crate) details: Vec<(&'static str, String)>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str) -> Self {
        Self {
            status,
            code,
            message: "",
            details: Vec::new(),
            headers: Vec::new(),
        }
    }

    pub(crate) fn because(mut self, message: &'static str) -> Self {
        self.message = message;
        self
    }

    pub(crate) fn detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn no_such_bucket() -> Self {
        Self::new(404, "NoSuchBucket").because("The specified bucket does not exist")
    }

    pub(crate) fn no_such_key() -> Self {
        Self::new(404, "NoSuchKey").because("The specified key does not exist.")
    }

    pub(crate) fn no_such_upload() -> Self {
        Self::new(404, "NoSuchUpload").because(
            "The specified upload does not exist. The upload ID may be invalid, or the upload may \
             have been aborted or completed.",
        )
    }

    pub(crate) fn access_denied() -> Self {
        Self::new(403, "AccessDenied").because("Access Denied")
    }

    pub(crate) fn invalid_argument(message: &'static str) -> Self {
        Self::new(400, "InvalidArgument").because(message)
    }

    /// Turns it into the error of Ceph's administration (measured on 16.2.15).
    pub(crate) fn json(self, request_id: &str) -> Answer {
        let code = self.code;
        let text = format!(
            r#"{{"Code":"{code}","Message":"","RequestId":"{request_id}","HostId":"1067-default-default"}}"#
        );
        Answer::text(self.status, "application/json", text)
    }

    /// Turns it into the store's error document.
    pub(crate) fn answer(self, habits: &Habits, resource: &str, request_id: &str) -> Answer {
        let mut xml = Xml::new(habits.control, 256);
        xml.open("Error");
        xml.plain("Code", self.code);
        xml.plain(
            "Message",
            if habits.refusals.explained {
                self.message
            } else {
                ""
            },
        );
        for (name, value) in &self.details {
            xml.text(name, value);
        }
        if habits.refusals.explained {
            xml.text("Resource", resource);
        }
        if !request_id.is_empty() {
            xml.plain("RequestId", request_id);
        }
        xml.close("Error");
        // A resource that this store cannot write is left out with the rest of the document.
        let text = xml.finish().unwrap_or_default();
        let mut answer = Answer::text(self.status, "application/xml", text);
        let headers = self.headers.into_iter();
        answer
            .headers
            .extend(headers.map(|(name, value)| (name.into(), value)));
        answer
    }
}
