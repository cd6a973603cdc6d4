//! From a URL to a store. What opens it comes from the environment, and from nowhere else.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
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

/// How often what has patience tries again: with growing pauses that is longer than the three minutes that one request
/// may take in all.
const PATIENT: usize = 30;

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
        if !is_local {
            check_variables().map_err(refused)?;
        }
        let (brief, patient): (Arc<dyn ObjectStore>, Arc<dyn ObjectStore>) = match known {
            None => {
                let folder = Arc::new(LocalFileSystem::new().with_fsync(true));
                (folder.clone(), folder)
            }
            Some((_, variables, lacking)) => {
                check_pair().map_err(refused)?;
                let built =
                    |retries| built(kind, host, retries).map_err(|e| refused(in_a_line(&e)));
                if !variables
                    .iter()
                    .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
                {
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
                (built(10)?, built(PATIENT)?)
            }
        };
        let base = Path::parse(prefix.trim_matches('/'));
        let base = base.map_err(|e| invalid(url, &format!("this is no place in a store: {e}")))?;
        let url = url.trim_end_matches('/').into();
        let endpoint = match kind {
            "s3" => variables("AWS_ENDPOINT_URL").map(|(_, endpoint)| endpoint).next(),
            _ => None,
        };
        let is_given_up = AtomicBool::new(false);
        let inner = Arc::new(Inner { runtime, brief, patient, endpoint, is_given_up });
        Ok(Self { url, base, is_patient: false, inner })
    }
}

/// The store of a kind, in which `place` is the bucket or the container. A request that fails is repeated `retries`
/// times within three minutes.
fn built(kind: &str, place: &str, retries: usize) -> Result<Arc<dyn ObjectStore>, Refusal> {
    let mut retry = RetryConfig { max_retries: retries, ..RetryConfig::default() };
    if retries == PATIENT {
        retry.backoff.init_backoff = Duration::from_secs(1);
    }
    let is_plain =
        variables("A").any(|(name, url)| name.contains("ENDPOINT") && url.starts_with("http://"));
    let options = ClientOptions::new()
        // A piece has to get through in this time.
        .with_timeout(Duration::from_secs(300))
        .with_connect_timeout(Duration::from_secs(10))
        // Whoever names such an endpoint wants it.
        .with_allow_http(is_plain);
    /// As the builder's `from_env`, which takes an empty variable for one that is set.
    macro_rules! builder {
        ($Builder:ty, $prefix:literal) => {
            variables($prefix).fold(<$Builder>::new(), |builder, (name, value)| {
                match name.to_ascii_lowercase().parse() {
                    Ok(key) => builder.with_config(key, value),
                    Err(_) => builder,
                }
            })
        };
    }
    Ok(match kind {
        "s3" => Arc::new(
            builder!(AmazonS3Builder, "AWS_")
                .with_bucket_name(place)
                .with_client_options(options)
                .with_retry(retry)
                .with_checksum_algorithm(Checksum::SHA256)
                // Not all that speak the language of S3 know it.
                .with_disable_bulk_delete(true)
                .build()?,
        ),
        "gs" => Arc::new(
            builder!(GoogleCloudStorageBuilder, "GOOGLE_")
                .with_bucket_name(place)
                .with_client_options(options)
                .with_retry(retry)
                .build()?,
        ),
        _ => Arc::new(
            builder!(MicrosoftAzureBuilder, "AZURE_")
                .with_container_name(place)
                .with_client_options(options)
                .with_retry(retry)
                .build()?,
        ),
    })
}

/// The variables whose names begin so, and that are not empty.
fn variables(prefix: &str) -> impl Iterator<Item = (String, String)> {
    let set = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    set.filter(move |(name, value)| name.starts_with(prefix) && !value.is_empty())
}

/// Looks whether a key of AWS has its secret, and the other way round.
fn check_pair() -> Result<(), String> {
    const KEY: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let is_set = KEY.map(|name| variables(name).any(|(set, _)| set == name));
    match is_set {
        [true, false] => Err(format!("{} is set, and {} is not", KEY[0], KEY[1])),
        [false, true] => Err(format!("{} is set, and {} is not", KEY[1], KEY[0])),
        _ => Ok(()),
    }
}

/// Looks whether what the environment says of stores can be sent at all. Values may be secret, and are not told.
fn check_variables() -> Result<(), String> {
    let of_stores = ["AWS_", "GOOGLE_", "AZURE_"].into_iter().flat_map(variables);
    for (name, value) in of_stores {
        if value.contains(|c: char| c.is_control() && name != "GOOGLE_SERVICE_ACCOUNT_KEY") {
            return Err(format!(
                "{name} holds a line's end, or another character that cannot be sent; set it without"
            ));
        }
        let host =
            value.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default());
        let is_url = (value.starts_with("http://") || value.starts_with("https://"))
            && host.is_some_and(|host| {
                let (name, port) = host.rsplit_once(':').unwrap_or((host, "1"));
                !name.is_empty() && !host.contains('@') && port.parse::<u16>().is_ok()
            });
        if name.contains("ENDPOINT") && !is_url {
            return Err(format!("{name} is no http://HOST:PORT or https://HOST"));
        }
    }
    Ok(())
}
