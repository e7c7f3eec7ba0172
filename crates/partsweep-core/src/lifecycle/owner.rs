//! Who else sets a bucket's lifecycle: a tool that would undo our rule with its next deployment.

/// A tool that owns a bucket's settings, by the bucket's tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BucketOwner {
    /// AWS CloudFormation, or what is built on it (CDK, SAM); the stack, where the tags name it.
    CloudFormation(Option<String>),
    /// Terraform or OpenTofu.
    Terraform,
    /// Pulumi.
    Pulumi,
    /// A tag names such a tool, and doesn't say that it owns the bucket: its name and value. Of several tools, too.
    Perhaps(String, String),
}

/// Keys that say who manages something, as people write them; without case and what is between the words.
const SAYS_WHO: [&str; 20] = [
    "automation",
    "createdby",
    "createdwith",
    "deployedby",
    "deployedwith",
    "deployer",
    "iac",
    "iactool",
    "infrastructureascode",
    "maintainedby",
    "managed",
    "managedby",
    "managedwith",
    "orchestrator",
    "origin",
    "provisionedby",
    "provisionedwith",
    "provisioner",
    "source",
    "tool",
];

/// What stands behind a tool's name in a key that says of which part of its configuration something is
/// (`TerraformWorkspace`, `terraform:module`); `state` isn't among them, since that is what a bucket may hold.
const OF_A_TOOL: [&str; 22] = [
    "cloud",
    "config",
    "configuration",
    "dir",
    "directory",
    "env",
    "environment",
    "id",
    "managed",
    "module",
    "modulepath",
    "org",
    "organization",
    "path",
    "project",
    "repo",
    "repository",
    "root",
    "run",
    "stack",
    "workspace",
    "workspacename",
];

/// The words for each tool.
static TOOLS: [(&str, BucketOwner); 4] = [
    ("terraform", BucketOwner::Terraform),
    ("opentofu", BucketOwner::Terraform),
    ("pulumi", BucketOwner::Pulumi),
    ("cloudformation", BucketOwner::CloudFormation(None)),
];

impl BucketOwner {
    /// Reads it from tags, name and value. CloudFormation sets tags by itself; of the others it is only known where
    /// somebody tagged so, as their guides recommend: what is doubtful is [`BucketOwner::Perhaps`], not nothing.
    pub fn of(tags: &[(String, String)]) -> Option<Self> {
        let is_formation = |(name, _): &&(String, String)| name.starts_with("aws:cloudformation:");
        if tags.iter().any(|tag| is_formation(&tag)) {
            let stack = tags
                .iter()
                .find(|(name, _)| name == "aws:cloudformation:stack-name");
            return Some(Self::CloudFormation(stack.map(|(_, stack)| stack.clone())));
        }
        let found = tags.iter().filter_map(|tag| Some((tag, Self::by(tag)?)));
        let (sure, doubtful): (Vec<_>, Vec<_>) = found.partition(|(_, owner)| !owner.is_doubtful());
        match (sure.first(), doubtful.first()) {
            // Two tools: which one it is, nobody knows.
            (Some(((name, value), owner)), _) if sure.iter().any(|(_, other)| other != owner) => {
                Some(Self::Perhaps(name.clone(), value.clone()))
            }
            (Some((_, owner)), _) | (None, Some((_, owner))) => Some(owner.clone()),
            (None, None) => None,
        }
    }

    fn is_doubtful(&self) -> bool {
        matches!(self, Self::Perhaps(..))
    }

    /// What one tag says.
    fn by((name, value): &(String, String)) -> Option<Self> {
        let (key, lower) = (squeezed(name), value.trim().to_lowercase());
        let denies = matches!(&*lower, "false" | "no" | "n" | "0" | "off" | "none");
        let is_named = |(tool, _): &&(&str, Self)| key.contains(tool) && !denies;
        let is_value = |(tool, _): &&(&str, Self)| lower.contains(tool);
        let (tool, owner) = TOOLS.iter().find(|tool| is_named(tool) || is_value(tool))?;
        // `acme:managed-by` is `managed-by`.
        let last = name.rsplit([':', '/']).next().unwrap_or(name);
        let first_word = lower.split(|c: char| !c.is_alphanumeric()).next();
        let is_said = SAYS_WHO.contains(&&*squeezed(last)) && first_word == Some(tool);
        let is_tool = match key.strip_prefix(tool) {
            Some("") => matches!(&*lower, "true" | "yes" | "y" | "1" | "on" | "managed"),
            // Pulumi's own guide has these two.
            Some("stack" | "project") if *tool == "pulumi" => true,
            Some(part) => OF_A_TOOL.contains(&part),
            None => false,
        };
        Some(match is_said || is_tool && !denies {
            true => owner.clone(),
            false => Self::Perhaps(name.clone(), value.clone()),
        })
    }
}

/// In lower case, and only letters and digits.
fn squeezed(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tags: &[(&str, &str)]) -> Option<BucketOwner> {
        let owned = tags
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        BucketOwner::of(&owned.collect::<Vec<_>>())
    }

    #[test]
    fn the_owner_is_read_from_tags_as_people_write_them() {
        let stack = |name: &str| Some(BucketOwner::CloudFormation(Some(name.to_owned())));
        assert_eq!(
            of(&[
                ("aws:cloudformation:logical-id", "B"),
                ("aws:cloudformation:stack-name", "web"),
                ("ManagedBy", "terraform"),
            ]),
            stack("web")
        );
        for tags in [
            ("ManagedBy", "Terraform"),
            ("managed_by", "terraform"),
            ("acme:managed-by", "Terraform v1.9"),
            ("Provisioner", "terraform-cloud"),
            ("IaC", "OpenTofu"),
            ("terraform", "true"),
            ("Terraform", "Yes"),
            ("TerraformWorkspace", "prod"),
            ("terraform:module", "modules/logs"),
            ("managed-by", "opentofu"),
        ] {
            assert_eq!(
                of(&[("team", "x"), tags]),
                Some(BucketOwner::Terraform),
                "{tags:?}"
            );
        }
        for tags in [
            ("pulumi:stack", "prod"),
            ("pulumi:project", ""),
            ("ManagedBy", "Pulumi"),
        ] {
            assert_eq!(of(&[tags]), Some(BucketOwner::Pulumi), "{tags:?}");
        }
        assert_eq!(
            of(&[("created-by", "CloudFormation")]),
            Some(BucketOwner::CloudFormation(None))
        );
        for tags in [
            ("Terraform", "false"),
            ("terraform-managed", "no"),
            ("Name", "logs"),
            ("stack", "web"),
            ("ManagedBy", "platform-team"),
        ] {
            assert_eq!(of(&[tags]), None, "{tags:?}");
        }
        assert_eq!(of(&[]), None);
    }

    /// It may hold Terraform's state and be made by hand: that is no reason to say nothing, and none to print a snippet.
    #[test]
    fn a_tag_that_only_names_a_tool_is_a_doubt_and_not_that_tool() {
        for tags in [
            ("Name", "terraform-state"),
            ("terraform-state", "true"),
            ("not-terraform", "true"),
            ("terraform", "migrate next year"),
            ("terraform", ""),
            ("moved-from", "Pulumi"),
            ("purpose", "cloudformation templates"),
        ] {
            let doubt = BucketOwner::Perhaps(tags.0.to_owned(), tags.1.to_owned());
            assert_eq!(of(&[tags]), Some(doubt), "{tags:?}");
            let sure = of(&[tags, ("ManagedBy", "Terraform")]);
            assert_eq!(sure, Some(BucketOwner::Terraform), "{tags:?}");
        }
        let two = of(&[("pulumi:stack", "prod"), ("terraform", "true")]);
        assert!(matches!(two, Some(BucketOwner::Perhaps(..))), "{two:?}");
    }
}
