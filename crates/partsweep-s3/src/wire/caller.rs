//! Who signs, as AWS STS says it.

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::SharedCredentialsProvider;

use crate::config::machine::said;
use crate::config::mfa::sts_says;
use crate::net::smithy::SmithyHttp;
use crate::wire::client::Client;

/// Asks AWS STS who signs: the ARN of a user or of a role's session. None at another store than AWS. It takes no
/// permission, and an endpoint in AWS_ENDPOINT_URL_STS is asked instead.
///
/// # Errors
///
/// What STS, or the way to it, says; without secrets.
pub(crate) async fn caller(client: &Client) -> Option<Result<String, String>> {
    if !client.places.is_aws() {
        return None;
    }
    let keys = match client.keys.get().await {
        Ok(keys) => keys,
        Err(error) => return Some(Err(client.secrets.redact(&said(&error)).into_owned())),
    };
    let config = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard())
        .region(Region::new(client.regions.home().to_string()))
        .http_client(SmithyHttp::new(client.transport.clone()))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .load()
        .await;
    let answer = aws_sdk_sts::Client::new(&config)
        .get_caller_identity()
        .send();
    Some(
        match tokio::time::timeout(client.timeouts.request, answer).await {
            Ok(Ok(answer)) => answer.arn.ok_or_else(|| "AWS STS names nobody".to_owned()),
            Ok(Err(error)) => Err(client.secrets.redact(&sts_says(&error)).into_owned()),
            Err(_) => Err("AWS STS doesn't answer".to_owned()),
        },
    )
}
