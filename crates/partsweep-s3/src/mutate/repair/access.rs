//! The access list of an object, carried over to what is written in its place.

use http::{HeaderName, Method};
use partsweep_core::{BucketName, Key, Operation, StoreError};

use super::metadata::cannot_be_told;
use crate::mutate::mutator::Mutator;
use crate::wire::request::S3Request;
use crate::xml::{Node, ReadError, Tag, walk};

/// Who may do what with an object.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct AccessList {
    owner: String,
    /// Sorted.
    grants: Vec<Grant>,
}

#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Grant {
    permission: String,
    grantee: Option<Grantee>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Grantee {
    User(String),
    Email(String),
    Group(String),
}

impl AccessList {
    /// Whether it says no more than what every new object has: full control for its owner.
    fn is_usual(&self) -> bool {
        let owner = Grant {
            permission: "FULL_CONTROL".to_owned(),
            grantee: Some(Grantee::User(self.owner.clone())),
        };
        self.grants == [owner]
    }

    /// Whether a new object of this caller would have the same; of a caller who isn't known, whether it says what is
    /// usual. A user with rights in the buckets of others becomes the owner of what it writes there, and the one
    /// before would have no right left (measured on Ceph 16.2.15).
    pub(super) fn is_as_new(&self, caller: Option<&str>) -> bool {
        self.is_usual() && caller.is_none_or(|caller| caller == self.owner)
    }

    /// Whether both grant the same, whoever owns the objects.
    pub(super) fn grants_as(&self, other: &Self) -> bool {
        self.grants == other.grants
    }

    /// The headers that grant the same; `None` if a grant cannot be said in a header.
    pub(super) fn headers(&self) -> Option<Vec<(HeaderName, String)>> {
        let mut headers: Vec<(HeaderName, String)> = Vec::new();
        for grant in &self.grants {
            let name = grant.header()?;
            let grantee = grant.grantee.as_ref()?.words()?;
            match headers.iter_mut().find(|(known, _)| *known == name) {
                Some((_, value)) => {
                    value.push_str(", ");
                    value.push_str(&grantee);
                }
                None => headers.push((name, grantee)),
            }
        }
        Some(headers)
    }

    fn read(document: &[u8]) -> Result<Self, ReadError> {
        let mut list = Self::default();
        let mut grant = Grant::default();
        walk(document, &[Tag::AccessControlPolicy], |path, node| {
            let Some(place) = path.strip_prefix(&[Tag::AccessControlList, Tag::Grant]) else {
                if let ([Tag::Owner, Tag::ID], Node::Text(text)) = (path, node) {
                    list.owner = text.into_owned();
                }
                return;
            };
            match (place, node) {
                ([], Node::Open) => grant = Grant::default(),
                ([], Node::Close) => list.grants.push(std::mem::take(&mut grant)),
                ([Tag::Permission], Node::Text(text)) => {
                    text.trim().clone_into(&mut grant.permission);
                }
                ([Tag::Grantee, Tag::ID], Node::Text(text)) => {
                    grant.grantee = Some(Grantee::User(text.into_owned()));
                }
                ([Tag::Grantee, Tag::URI], Node::Text(text)) => {
                    grant.grantee = Some(Grantee::Group(text.into_owned()));
                }
                ([Tag::Grantee, Tag::EmailAddress], Node::Text(text)) => {
                    grant.grantee = Some(Grantee::Email(text.into_owned()));
                }
                _ => {}
            }
        })?;
        list.grants.sort();
        Ok(list)
    }
}

impl Grant {
    fn header(&self) -> Option<HeaderName> {
        Some(HeaderName::from_static(match self.permission.as_str() {
            "FULL_CONTROL" => "x-amz-grant-full-control",
            "READ" => "x-amz-grant-read",
            "READ_ACP" => "x-amz-grant-read-acp",
            "WRITE" => "x-amz-grant-write",
            "WRITE_ACP" => "x-amz-grant-write-acp",
            _ => return None,
        }))
    }
}

impl Grantee {
    /// `id="…"`, and the like; there is no way to escape what would end it.
    fn words(&self) -> Option<String> {
        let (kind, value) = match self {
            Self::User(id) => ("id", id),
            Self::Email(address) => ("emailAddress", address),
            Self::Group(uri) => ("uri", uri),
        };
        let fits = !value.is_empty() && !value.contains(['"', ',']);
        (fits && !value.contains(char::is_control)).then(|| format!("{kind}=\"{value}\""))
    }
}

impl Mutator {
    /// The access list of an object, `None` if the store does not tell it.
    pub(super) async fn access_list(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<Option<AccessList>, StoreError> {
        let ask = S3Request::new(Operation::GetObjectAcl, Method::GET, Some(bucket))
            .with_key(key)
            .with_query("acl");
        match self
            .client
            .send(&ask, |_, body| AccessList::read(body))
            .await
        {
            Ok(list) => Ok(Some(list)),
            Err(error) if cannot_be_told(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(grants: &str) -> String {
        format!(
            "<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList>{grants}\
             </AccessControlList></AccessControlPolicy>"
        )
    }

    fn grant(grantee: &str, permission: &str) -> String {
        format!("<Grant><Grantee>{grantee}</Grantee><Permission>{permission}</Permission></Grant>")
    }

    fn read(grants: &str) -> AccessList {
        AccessList::read(policy(grants).as_bytes()).unwrap()
    }

    #[test]
    fn grants_become_headers() {
        let owner = grant("<ID>me</ID><DisplayName>x</DisplayName>", "FULL_CONTROL");
        assert!(read(&owner).is_usual());
        assert!(read(&owner).is_as_new(None) && read(&owner).is_as_new(Some("me")));
        assert!(
            !read(&owner).is_as_new(Some("root")),
            "the owner would lose it"
        );
        let groups = ["<URI>u:1</URI>", "<URI>u:2</URI>"].map(|uri| grant(uri, "READ"));
        let list = read(&format!("{owner}{}{}", groups[0], groups[1]));
        assert!(!list.is_usual());
        let headers = list.headers().unwrap();
        let shown: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        assert_eq!(
            shown,
            [
                "x-amz-grant-full-control: id=\"me\"",
                "x-amz-grant-read: uri=\"u:1\", uri=\"u:2\""
            ]
        );
        let other_way = read(&format!("{}{owner}{}", groups[1], groups[0]));
        assert!(list.grants_as(&other_way), "in any order");
    }

    #[test]
    fn a_grantee_that_would_end_its_header_is_not_sent() {
        for id in ["a\"b", "a,b", "a\r\nx: y", ""] {
            let list = read(&grant(&format!("<ID>{id}</ID>"), "READ"));
            assert_eq!(list.headers(), None, "{id:?}");
        }
        assert_eq!(read(&grant("<ID>a</ID>", "FLY")).headers(), None);
    }
}
