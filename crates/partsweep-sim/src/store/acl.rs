//! Who may do what with an object, as far as it is kept and told: nothing is refused by it.

use crate::access::rights::OWNER;
use crate::habits::Habits;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::markup;
use crate::wire::request::Call;
use crate::wire::xml::Xml;

/// The grants of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acl {
    /// In the order in which they were given.
    pub grants: Vec<Grant>,
}

/// One permission of one grantee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who.
    pub grantee: Grantee,
    /// `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`.
    pub permission: String,
}

/// Who is granted something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantee {
    /// A user, by canonical id.
    User(String),
    /// A user, by e-mail address.
    Email(String),
    /// A group, by URI.
    Group(String),
}

const EVERYBODY: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const USERS: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

/// The headers that grant, and what they grant.
const GRANT_HEADERS: [(&str, &str); 5] = [
    ("x-amz-grant-read", "READ"),
    ("x-amz-grant-write", "WRITE"),
    ("x-amz-grant-read-acp", "READ_ACP"),
    ("x-amz-grant-write-acp", "WRITE_ACP"),
    ("x-amz-grant-full-control", "FULL_CONTROL"),
];

impl Default for Acl {
    /// `private`: full control for the owner alone.
    fn default() -> Self {
        Self {
            grants: vec![grant(Grantee::User(OWNER.to_owned()), "FULL_CONTROL")],
        }
    }
}

fn grant(grantee: Grantee, permission: &str) -> Grant {
    Grant {
        grantee,
        permission: permission.to_owned(),
    }
}

impl Acl {
    /// A canned ACL; `None` if there is none of that name.
    pub fn canned(name: &str) -> Option<Self> {
        let extra: &[(&str, &str)] = match name {
            // Here the owner of the bucket is the owner of the object.
            "private" | "bucket-owner-read" | "bucket-owner-full-control" => &[],
            "public-read" => &[(EVERYBODY, "READ")],
            "public-read-write" => &[(EVERYBODY, "READ"), (EVERYBODY, "WRITE")],
            "authenticated-read" => &[(USERS, "READ")],
            _ => return None,
        };
        let mut acl = Self::default();
        let groups = extra
            .iter()
            .map(|(group, permission)| grant(Grantee::Group((*group).to_owned()), permission));
        acl.grants.extend(groups);
        Some(acl)
    }

    /// Whether a request says who may do what.
    pub(crate) fn is_in(call: &Call) -> bool {
        call.header("x-amz-acl").is_some()
            || GRANT_HEADERS
                .iter()
                .any(|(header, _)| call.header(header).is_some())
    }

    /// Reads `x-amz-acl` or the grant headers of a request; the default if it has neither.
    pub(crate) fn read(call: &Call) -> Result<Self, Refusal> {
        let invalid = || Refusal::invalid_argument("The ACL is not valid");
        if let Some(name) = call.header("x-amz-acl") {
            return Self::canned(name).ok_or_else(invalid);
        }
        let mut grants = Vec::new();
        for (header, permission) in GRANT_HEADERS {
            for grantee in call.header(header).unwrap_or_default().split(',') {
                let grantee = grantee.trim();
                if !grantee.is_empty() {
                    grants.push(grant(
                        read_grantee(grantee).ok_or_else(invalid)?,
                        permission,
                    ));
                }
            }
        }
        Ok(if grants.is_empty() {
            Self::default()
        } else {
            Self { grants }
        })
    }

    /// Reads an `AccessControlPolicy`; `None` if it is not one.
    fn parse(document: &str) -> Option<Self> {
        let list = markup::elements(document, "AccessControlList").next()?;
        let grants = markup::elements(list, "Grant").map(|inside| {
            let grantee = markup::text(inside, "ID")
                .map(Grantee::User)
                .or_else(|| markup::text(inside, "URI").map(Grantee::Group))
                .or_else(|| markup::text(inside, "EmailAddress").map(Grantee::Email))?;
            Some(grant(grantee, &markup::text(inside, "Permission")?))
        });
        Some(Self {
            grants: grants.collect::<Option<_>>()?,
        })
    }
}

/// Reads `id="…"`, `uri="…"` or `emailAddress="…"`.
fn read_grantee(text: &str) -> Option<Grantee> {
    let (kind, value) = text.split_once('=')?;
    let value = value.trim_matches('"').to_owned();
    match kind {
        "id" => Some(Grantee::User(value)),
        "uri" => Some(Grantee::Group(value)),
        "emailAddress" => Some(Grantee::Email(value)),
        _ => None,
    }
}

/// Reads the ACL of a PutObjectAcl: from its document, else from its headers.
pub(crate) fn put(call: &Call, document: &str) -> Result<Acl, Refusal> {
    if Acl::is_in(call) {
        return Acl::read(call);
    }
    Acl::parse(document).ok_or_else(|| Refusal::new(400, "MalformedACLError"))
}

/// Answers GetObjectAcl.
pub(crate) fn write(acl: &Acl, habits: &Habits) -> Result<Answer, Refusal> {
    let mut xml = Xml::new(habits.control, 1_000);
    xml.root("AccessControlPolicy");
    xml.open("Owner");
    xml.text("ID", OWNER);
    xml.close("Owner");
    xml.open("AccessControlList");
    for Grant {
        grantee,
        permission,
    } in &acl.grants
    {
        let (kind, element, value) = match grantee {
            Grantee::User(id) => ("CanonicalUser", "ID", id),
            Grantee::Email(address) => ("AmazonCustomerByEmail", "EmailAddress", address),
            Grantee::Group(uri) => ("Group", "URI", uri),
        };
        xml.open("Grant");
        xml.raw(&format!(
            "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"{kind}\">"
        ));
        xml.text(element, value);
        xml.close("Grantee");
        xml.text("Permission", permission);
        xml.close("Grant");
    }
    xml.close("AccessControlList");
    xml.close("AccessControlPolicy");
    Answer::document(xml)
}
