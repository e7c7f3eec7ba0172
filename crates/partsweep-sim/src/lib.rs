//! An S3 server in memory: believable data, habits of providers, faults, settable time.
