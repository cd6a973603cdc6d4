//! From a URL to a store. What opens it comes from the environment, and from nowhere else.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, Checksum};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};

use super::said::in_a_line;
use super::{Inner, Refusal, Remote};
use crate::error::{Error, Invalid, Origin, Result};

/// Those of which a secret is one, by what a URL begins with, and the variables that open them.
const KINDS: [(&str, &[&str], &str); 3] = [
    (
        "s3",
        &[
            "AWS_ACCESS_KEY_ID",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_SKIP_SIGNATURE",
        ],
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set (aws configure export-credentials --format env prints them)",
    ),
    (
        "gs",
        &[
            "GOOGLE_SERVICE_ACCOUNT",
            "GOOGLE_SERVICE_ACCOUNT_PATH",
            "GOOGLE_SERVICE_ACCOUNT_KEY",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "GOOGLE_SKIP_SIGNATURE",
        ],
        "GOOGLE_APPLICATION_CREDENTIALS is not set",
    ),
    (
        "az",
        &[
            "AZURE_STORAGE_ACCOUNT_KEY",
            "AZURE_STORAGE_ACCESS_KEY",
            "AZURE_STORAGE_SAS_KEY",
            "AZURE_STORAGE_SAS_TOKEN",
            "AZURE_STORAGE_TOKEN",
            "AZURE_STORAGE_CLIENT_ID",
            "AZURE_CLIENT_ID",
            "AZURE_STORAGE_USE_EMULATOR",
            "AZURE_SKIP_SIGNATURE",
        ],
        "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY are not set",
    ),
];

impl Remote {
    /// Opens the store that a URL names: `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX`, `az://CONTAINER/PREFIX` or
    /// `file:///FOLDER`.
    ///
    /// Credentials, the region and the endpoint come from the environment: `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT_URL` and so on, or from the role of the
    /// machine where the environment says nothing.
    ///
    /// # Errors
    /// The URL is none of these, or holds a password; there are no credentials; the store cannot be reached.
    pub fn open(url: &str) -> Result<Self> {
        let invalid = |value: &str, reason: &str| {
            Error::from(Invalid::new("store", value, reason).from_origin(&Origin::Flags))
        };
        const FORMS: &str = "s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX or file:///FOLDER is expected";
        let Some((kind, rest)) = url.split_once("://") else { return Err(invalid(url, FORMS)) };
        let (host, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if host.contains('@') {
            let reason = "credentials belong in the environment (AWS_ACCESS_KEY_ID and so on), where nobody reads them";
            return Err(invalid(&format!("{kind}://..."), reason));
        }
        if url.contains(['?', '#']) {
            return Err(invalid(
                &format!("{kind}://{host}/..."),
                "a URL without ? and # is expected",
            ));
        }
        if prefix.split('/').any(|part| part == "." || part == "..") {
            return Err(invalid(url, "a place in a store has no . and .. in it"));
        }
        if url.contains(char::is_control) {
            return Err(invalid(&url.escape_debug().to_string(), FORMS));
        }
        let is_local = kind == "file";
        let known = KINDS.iter().find(|(name, ..)| *name == kind);
        if !is_local && (known.is_none() || host.is_empty()) || is_local && !host.is_empty() {
            return Err(invalid(url, FORMS));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("store")
            .enable_all()
            .build()
            .map_err(Error::io("start", "a thread for the store"))?;
        let refused = |reason| Error::Remote { url: url.into(), reason };
        let store: Arc<dyn ObjectStore> = match known {
            None => Arc::new(LocalFileSystem::new().with_fsync(true)),
            Some((_, variables, lacking)) => {
                let built =
                    |retries| built(kind, host, retries).map_err(|e| refused(in_a_line(&e)));
                if !variables.iter().any(|name| std::env::var_os(name).is_some()) {
                    // The role of a machine is asked for at an address that answers at once, or is not there.
                    let looked = runtime.block_on(built(1)?.head(&Path::from("genmedia")));
                    if let Err(e) = looked
                        && !matches!(e, Refusal::NotFound { .. })
                    {
                        let reason = format!(
                            "there are no credentials: {lacking}; and the machine has no role that opens it"
                        );
                        tracing::debug!("{e}");
                        return Err(refused(reason));
                    }
                }
                built(10)?
            }
        };
        let base = Path::from_iter(prefix.split('/').filter(|part| !part.is_empty()));
        let url = url.trim_end_matches('/').into();
        Ok(Self { url, base, inner: Arc::new(Inner { runtime, store }) })
    }
}

/// The store of a kind, in which `place` is the bucket or the container. A request that fails is repeated `retries`
/// times within three minutes.
fn built(kind: &str, place: &str, retries: usize) -> Result<Arc<dyn ObjectStore>, Refusal> {
    let retry = RetryConfig { max_retries: retries, ..RetryConfig::default() };
    let is_plain = |name: &str| std::env::var(name).is_ok_and(|url| url.starts_with("http://"));
    let endpoints = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AZURE_ENDPOINT"];
    let options = ClientOptions::new()
        // A piece has to get through in this time.
        .with_timeout(Duration::from_secs(300))
        .with_connect_timeout(Duration::from_secs(10))
        // Whoever names such an endpoint wants it.
        .with_allow_http(endpoints.iter().any(|name| is_plain(name)));
    Ok(match kind {
        "s3" => Arc::new(
            AmazonS3Builder::from_env()
                .with_bucket_name(place)
                .with_client_options(options)
                .with_retry(retry)
                .with_checksum_algorithm(Checksum::SHA256)
                .build()?,
        ),
        "gs" => Arc::new(
            GoogleCloudStorageBuilder::from_env()
                .with_bucket_name(place)
                .with_client_options(options)
                .with_retry(retry)
                .build()?,
        ),
        _ => Arc::new(
            MicrosoftAzureBuilder::from_env()
                .with_container_name(place)
                .with_client_options(options)
                .with_retry(retry)
                .build()?,
        ),
    })
}
