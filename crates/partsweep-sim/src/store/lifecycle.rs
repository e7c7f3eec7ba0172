//! The lifecycle of a bucket, as the store keeps it.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::habits::{LifecycleForm, LifecycleHabits};
use crate::wire::answer::Refusal;
use crate::wire::markup;

/// A lifecycle configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lifecycle {
    pub(crate) text: String,
    pub(crate) default_minimum: Option<String>,
}

/// What a bucket has of it, and what reads show while they are stale.
#[derive(Debug, Default)]
pub(crate) struct Lifecycles {
    current: Option<Lifecycle>,
    before: Option<Lifecycle>,
    /// Reads that still show `before`.
    stale: AtomicU32,
}

impl Lifecycles {
    /// What a read shows.
    pub(crate) fn shown(&self) -> Option<&Lifecycle> {
        let one_less = |left: u32| left.checked_sub(1);
        let stale = self
            .stale
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less);
        match stale {
            Ok(_) => self.before.as_ref(),
            Err(_) => self.current.as_ref(),
        }
    }

    /// What there is, whatever reads show.
    pub(crate) fn current(&self) -> Option<&Lifecycle> {
        self.current.as_ref()
    }

    /// Puts another in its place.
    pub(crate) fn set(&mut self, new: Option<Lifecycle>, stale_reads: u32) {
        self.before = std::mem::replace(&mut self.current, new);
        self.stale = AtomicU32::new(stale_reads);
    }
}

/// What the store keeps of a document.
pub(crate) fn kept(text: &str, habits: &LifecycleHabits) -> Result<String, Refusal> {
    let malformed = || Refusal::new(400, "MalformedXML");
    let root = markup::elements(text, "LifecycleConfiguration")
        .next()
        .ok_or_else(malformed)?;
    let mut rules: Vec<String> = Vec::new();
    for (number, rule) in markup::elements(root, "Rule").enumerate() {
        rules.extend(kept_rule(rule, number, habits.form)?);
    }
    if rules.is_empty() {
        return Err(malformed());
    }
    if habits.form == LifecycleForm::OneRule && rules.len() > 1 {
        return Err(Refusal::new(400, "InvalidRequest"));
    }
    let rules = match habits.form {
        LifecycleForm::Kept
        | LifecycleForm::OneRule
        | LifecycleForm::Google
        | LifecycleForm::Oss => {
            return Ok(text.to_owned());
        }
        LifecycleForm::OneDay => {
            let days = |number: &str| format!("<Days>{number}</Days>");
            let aborts = text.contains("<AbortIncompleteMultipartUpload>");
            let number = markup::elements(root, "Days").next().filter(|_| aborts);
            return Ok(number.map_or_else(
                || text.to_owned(),
                |number| text.replace(&days(number), &days("1")),
            ));
        }
        LifecycleForm::Ceph => {
            rules.sort_by_key(|rule| markup::text(rule, "ID"));
            rules.concat()
        }
        LifecycleForm::LastRule => rules.pop().unwrap_or_default(),
        _ => rules.concat(),
    };
    let namespace = match habits.form {
        LifecycleForm::Minio => "",
        _ => " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"",
    };
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><LifecycleConfiguration{namespace}>{rules}</LifecycleConfiguration>"
    ))
}

/// What it keeps of one rule.
fn kept_rule(rule: &str, number: usize, form: LifecycleForm) -> Result<Option<String>, Refusal> {
    let part = |name: &str| {
        let inside = markup::elements(rule, name).next();
        inside.map(|inside| format!("<{name}>{inside}</{name}>"))
    };
    let filter = markup::elements(rule, "Filter").next();
    let prefix = markup::elements(filter.unwrap_or(rule), "Prefix").next();
    let abort = part("AbortIncompleteMultipartUpload");
    let actions = ["Expiration", "Transition", "NoncurrentVersionExpiration"];
    let others: String = actions.into_iter().filter_map(part).collect();
    let has_tag = filter.is_some_and(|filter| filter.contains("<Tag>"));
    let malformed = || Refusal::new(400, "MalformedXML");
    let whole = |text: &str| Ok(Some(format!("<Rule>{text}</Rule>")));
    if form == LifecycleForm::Google {
        let is_one = part("Action").is_some() && part("Condition").is_some();
        return if is_one {
            whole(rule)
        } else {
            Err(malformed())
        };
    }
    let status = part("Status").ok_or_else(malformed)?;
    let id = part("ID");
    let in_filter = |inside: &str| match inside {
        "" => String::new(),
        inside => format!("<Filter>{inside}</Filter>"),
    };
    match form {
        LifecycleForm::Kept
        | LifecycleForm::OneRule
        | LifecycleForm::LastRule
        | LifecycleForm::OneDay => whole(rule),
        LifecycleForm::Oss if abort.is_some() => Err(malformed()),
        // Google's are above.
        LifecycleForm::Oss | LifecycleForm::Google => whole(rule),
        LifecycleForm::Unknown => Err(Refusal::new(501, "NotImplemented")),
        LifecycleForm::Ceph => {
            if abort.is_some() && has_tag {
                return Err(Refusal::new(400, "InvalidRequest"));
            }
            if filter.is_none() && prefix.is_none() && !rule.contains("<Filter/>") {
                return Err(Refusal::new(400, "MalformedXML"));
            }
            let scope = match (prefix.unwrap_or_default(), has_tag) {
                ("", false) => "<Prefix></Prefix>".to_owned(),
                (prefix, _) => {
                    let tags: String = filter
                        .into_iter()
                        .flat_map(|filter| markup::elements(filter, "Tag"))
                        .map(|tag| format!("<Tag>{tag}</Tag>"))
                        .collect();
                    format!("<Filter><Prefix>{prefix}</Prefix>{tags}</Filter>")
                }
            };
            let id = id.unwrap_or_else(|| format!("<ID>{number:048}</ID>"));
            whole(&format!(
                "{id}{scope}{status}{others}{}",
                abort.unwrap_or_default()
            ))
        }
        LifecycleForm::Garage => {
            let scope = match (filter, prefix) {
                (Some(_), Some(prefix)) => in_filter(&format!("<Prefix>{prefix}</Prefix>")),
                _ => String::new(),
            };
            let (id, abort) = (id.unwrap_or_default(), abort.unwrap_or_default());
            whole(&format!("{id}{status}{scope}{others}{abort}"))
        }
        LifecycleForm::Minio | LifecycleForm::Rustfs => {
            if others.is_empty() {
                return Err(Refusal::invalid_argument(
                    "The XML you provided was not well-formed or did not validate against our published schema",
                ));
            }
            let keeps_prefix = form == LifecycleForm::Minio || abort.is_none();
            let prefix = prefix.filter(|_| keeps_prefix).unwrap_or_default();
            let scope = in_filter(&format!("<Prefix>{prefix}</Prefix>"));
            whole(&format!(
                "{}{status}{scope}{others}",
                id.unwrap_or_default()
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept_by(form: LifecycleForm, rules: &str) -> Result<String, &'static str> {
        let habits = LifecycleHabits {
            form,
            needs_checksum: false,
            default_minimum: None,
            stale_reads: 0,
            resets_default_minimum: false,
        };
        let text = format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
        let kept = kept(&text, &habits).map_err(|refusal| refusal.code)?;
        Ok(markup::elements(&kept, "Rule")
            .collect::<Vec<_>>()
            .join("|"))
    }

    const ABORT: &str = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>";

    /// As measured on 16.2.15, Garage 2.5.0 and MinIO 2026-02-12.
    #[test]
    fn each_store_writes_what_it_keeps_in_its_own_way() {
        let only_abort = format!("<Rule><ID>a</ID><Filter/><Status>Enabled</Status>{ABORT}</Rule>");
        let tagged = only_abort.replace(
            "<Filter/>",
            "<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>",
        );
        let bare = only_abort.replace("<Filter/>", "<Prefix>tmp/</Prefix>");
        let mixed = bare.replace(
            ABORT,
            &format!("<Expiration><Days>1</Days></Expiration>{ABORT}"),
        );
        let ceph = |rules: &str| kept_by(LifecycleForm::Ceph, rules);
        assert_eq!(
            ceph(&only_abort).unwrap(),
            format!("<ID>a</ID><Prefix></Prefix><Status>Enabled</Status>{ABORT}")
        );
        assert_eq!(ceph(&tagged), Err("InvalidRequest"));
        let nameless = only_abort.replace("<ID>a</ID>", "");
        let both = ceph(&format!("{only_abort}{nameless}")).unwrap();
        assert!(
            both.starts_with("<ID>0000"),
            "sorted by their names: {both}"
        );
        let garage = |rules: &str| kept_by(LifecycleForm::Garage, rules).unwrap();
        for whole in [&tagged, &bare] {
            assert_eq!(
                garage(whole),
                format!("<ID>a</ID><Status>Enabled</Status>{ABORT}"),
                "the scope is dropped"
            );
        }
        let minio = |rules: &str| kept_by(LifecycleForm::Minio, rules);
        assert_eq!(minio(&only_abort), Err("InvalidArgument"));
        let kept = minio(&mixed).unwrap();
        assert!(
            kept.contains("<Prefix>tmp/</Prefix>") && !kept.contains("Abort"),
            "{kept}"
        );
        let rustfs = kept_by(LifecycleForm::Rustfs, &mixed).unwrap();
        assert!(
            rustfs.contains("<Prefix></Prefix>") && !rustfs.contains("Abort"),
            "{rustfs}"
        );
        let last = kept_by(LifecycleForm::LastRule, &format!("{mixed}{only_abort}")).unwrap();
        assert!(!last.contains("Expiration"), "{last}");
    }

    #[test]
    fn stale_reads_show_what_was_before() {
        let lifecycle = |text: &str| {
            Some(Lifecycle {
                text: text.to_owned(),
                default_minimum: None,
            })
        };
        let mut all = Lifecycles::default();
        all.set(lifecycle("1"), 2);
        assert_eq!((all.shown(), all.shown()), (None, None));
        assert_eq!(all.shown(), lifecycle("1").as_ref());
    }
}
