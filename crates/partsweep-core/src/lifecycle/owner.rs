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
}

impl BucketOwner {
    /// Reads it from tags, name and value. CloudFormation sets tags by itself; of the others it is only known where
    /// somebody tagged so, as their guides recommend.
    pub fn of(tags: &[(String, String)]) -> Option<Self> {
        let is_formation = |(name, _): &&(String, String)| name.starts_with("aws:cloudformation:");
        if tags.iter().any(|tag| is_formation(&tag)) {
            let stack = tags
                .iter()
                .find(|(name, _)| name == "aws:cloudformation:stack-name");
            return Some(Self::CloudFormation(stack.map(|(_, stack)| stack.clone())));
        }
        tags.iter().find_map(|(name, value)| {
            let (name, value) = (name.to_lowercase(), value.to_lowercase());
            // `ManagedBy = Terraform`, `Terraform = true`, `pulumi:stack = x`.
            let denies = matches!(value.as_str(), "false" | "no" | "0" | "");
            let says = |tool: &str| value.contains(tool) || (name.contains(tool) && !denies);
            if says("terraform") || says("opentofu") {
                Some(Self::Terraform)
            } else if says("pulumi") {
                Some(Self::Pulumi)
            } else if says("cloudformation") {
                Some(Self::CloudFormation(None))
            } else {
                None
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_is_read_from_tags_as_people_write_them() {
        let of = |tags: &[(&str, &str)]| {
            let owned = tags
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            BucketOwner::of(&owned.collect::<Vec<_>>())
        };
        let stack = |name: &str| Some(BucketOwner::CloudFormation(Some(name.to_owned())));
        assert_eq!(
            of(&[
                ("aws:cloudformation:logical-id", "B"),
                ("aws:cloudformation:stack-name", "web")
            ]),
            stack("web")
        );
        for tags in [
            ("ManagedBy", "Terraform"),
            ("terraform", "true"),
            ("managed-by", "opentofu"),
        ] {
            assert_eq!(
                of(&[("team", "x"), tags]),
                Some(BucketOwner::Terraform),
                "{tags:?}"
            );
        }
        assert_eq!(of(&[("pulumi:stack", "prod")]), Some(BucketOwner::Pulumi));
        for tags in [("Terraform", "false"), ("Name", "logs"), ("stack", "web")] {
            assert_eq!(of(&[tags]), None, "{tags:?}");
        }
        assert_eq!(of(&[]), None);
    }
}
