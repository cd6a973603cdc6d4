//! Who may look, how often, and what browsers are told to keep to.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;

use super::Options;
use super::app::{App, blocking};

/// What opens the door.
#[derive(Debug, Clone, PartialEq)]
pub enum Login {
    /// A name, and the bcrypt hash of its password, as `htpasswd -B` writes them.
    User {
        /// The name.
        name: String,
        /// The hash, `$2y$...`.
        hash: String,
    },
    /// `Authorization: Bearer TOKEN`.
    Token(String),
}

impl std::str::FromStr for Login {
    type Err = String;

    /// Reads `NAME:HASH`.
    fn from_str(text: &str) -> Result<Self, String> {
        let form = "NAME:HASH is expected, with a bcrypt hash as htpasswd -nB NAME prints it";
        let (name, hash) = text.split_once(':').ok_or(form)?;
        let is_hash = ["$2a$", "$2b$", "$2x$", "$2y$"].iter().any(|kind| hash.starts_with(kind));
        if name.is_empty() || !is_hash || hash.len() != 60 {
            return Err(form.into());
        }
        Ok(Self::User { name: name.into(), hash: hash.into() })
    }
}

/// Who was let in, and who asked for frames.
pub(super) struct Guard {
    logins: Vec<Login>,
    /// Hashes of what was said by those who were let in; proving a password takes long.
    known: Mutex<Vec<[u8; 32]>>,
    rate: u32,
    buckets: Mutex<HashMap<IpAddr, (Instant, f64)>>,
}

impl Guard {
    pub fn new(options: &Options) -> Self {
        Self {
            logins: options.logins.clone(),
            known: Mutex::default(),
            rate: options.frame_rate.max(1),
            buckets: Mutex::default(),
        }
    }

    /// Takes a frame from an address's share; false if it has used it up.
    pub fn may_render(&self, peer: IpAddr) -> bool {
        /// Addresses that are remembered.
        const ADDRESSES: usize = 4096;
        let now = Instant::now();
        let rate = f64::from(self.rate);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= ADDRESSES {
            buckets.retain(|_, (since, _)| now.duration_since(*since).as_secs() < 2);
        }
        if buckets.len() >= ADDRESSES {
            return false;
        }
        // Two seconds' worth may be asked for at once.
        let (since, left) = buckets.entry(peer).or_insert((now, 2.0 * rate));
        *left = (*left + now.duration_since(*since).as_secs_f64() * rate).min(2.0 * rate);
        *since = now;
        if *left < 1.0 {
            return false;
        }
        *left -= 1.0;
        true
    }

    fn is_known(&self, said: &[u8; 32]) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(said)
    }

    fn remember(&self, said: [u8; 32]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // As many as have been proven; there are no more than logins.
        if known.len() < 2 * self.logins.len() {
            known.push(said);
        }
    }
}

/// Lets in who may look.
pub(super) async fn login(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if app.guard.logins.is_empty() {
        return next.run(request).await;
    }
    let said = request.headers().get(header::AUTHORIZATION).map(|v| v.as_bytes().to_vec());
    if let Some(said) = said {
        let hash = *blake3::hash(&said).as_bytes();
        if app.guard.is_known(&hash) {
            return next.run(request).await;
        }
        let logins = app.guard.logins.clone();
        if blocking(move || Ok(is_let_in(&logins, &said))).await.unwrap_or(false) {
            app.guard.remember(hash);
            return next.run(request).await;
        }
    }
    let challenge = (header::WWW_AUTHENTICATE, "Basic realm=\"genmedia\", charset=\"UTF-8\"");
    (StatusCode::UNAUTHORIZED, [challenge], "a name and a password, or a token, is needed\n")
        .into_response()
}

fn is_let_in(logins: &[Login], said: &[u8]) -> bool {
    let Ok(said) = std::str::from_utf8(said) else { return false };
    let Some((scheme, rest)) = said.split_once(' ') else { return false };
    if scheme.eq_ignore_ascii_case("bearer") {
        // Hashes take as long to compare whatever is right about them.
        let said = blake3::hash(rest.trim().as_bytes());
        return logins.iter().any(
            |login| matches!(login, Login::Token(token) if blake3::hash(token.as_bytes()) == said),
        );
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return false;
    }
    let Ok(decoded) = BASE64.decode(rest.trim()) else { return false };
    let Ok(text) = String::from_utf8(decoded) else { return false };
    let Some((user, password)) = text.split_once(':') else { return false };
    logins.iter().any(|login| match login {
        Login::User { name, hash } if name == user => {
            bcrypt::verify(password, hash).unwrap_or(false)
        }
        _ => false,
    })
}

/// What browsers are told to keep to: nothing from elsewhere, and no guessing.
pub(super) async fn headers(request: Request, next: Next) -> Response {
    const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                          media-src 'self' blob:; connect-src 'self'; base-uri 'none'; \
                          form-action 'none'; frame-ancestors 'none'";
    let mut response: Response<Body> = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::SERVER, "genmedia"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Where a request comes from.
pub(super) fn peer(request: &axum::http::Extensions) -> IpAddr {
    request.get::<SocketAddr>().map_or(IpAddr::from([127, 0, 0, 1]), |peer| peer.ip())
}
