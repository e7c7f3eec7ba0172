//! The wire of partsweep: credentials, signing, requests, XML, paging.
