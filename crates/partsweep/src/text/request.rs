//! One request to the store on one line.

use partsweep_s3::RequestEnd;

use super::figures;

/// Method, path, status, size and time of a request: `GET /bucket?uploads 200 3.1 kB 12 ms`. Not yet made
/// harmless: keys are a store's.
pub(crate) fn request_line(request: &RequestEnd) -> String {
    let result = match &request.result {
        Ok(answer) if answer.bytes == 0 => answer.status.to_string(),
        Ok(answer) => format!("{} {}", answer.status, figures::rounded(answer.bytes)),
        Err(why) => format!("failed ({why})"),
    };
    let (method, target) = (&request.method, &request.target);
    let line = format!("{method} {target} {result} {} ms", request.took.as_millis());
    match request.attempt {
        1 => line,
        attempt => format!("{line}, attempt {attempt}"),
    }
}
