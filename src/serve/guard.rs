//! Who may look, how often, and what browsers are told to keep to.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use tokio::sync::Semaphore;

/// Addresses that are remembered.
const ADDRESSES: usize = 4096;
/// How long one may wait until its password is looked at.
const TURN: Duration = Duration::from_secs(5);

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
        /// Each step doubles the time that a password takes to check; from here on it is a minute and more.
        const COSTLY: u32 = 17;
        let form = "NAME:HASH is expected, with a bcrypt hash as htpasswd -nB NAME prints it";
        let (name, hash) = text.split_once(':').ok_or(form)?;
        let is_letter = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'/';
        let hash = hash.trim_end();
        let (kind, rest) = hash.split_at_checked(4).ok_or(form)?;
        let (cost, digits) = rest.split_once('$').ok_or(form)?;
        let is_shaped = ["$2a$", "$2b$", "$2x$", "$2y$"].contains(&kind)
            && cost.len() == 2
            && digits.len() == 53
            && digits.bytes().all(is_letter);
        let cost: u32 = cost.parse().map_err(|_| form)?;
        if is_shaped && (COSTLY..=31).contains(&cost) {
            return Err(format!(
                "a hash of cost {cost} takes minutes to check; make one of cost 10 (htpasswd -nB -C 10 NAME)"
            ));
        }
        let is_hash = is_shaped && cost >= 4 && hash.parse::<bcrypt::HashParts>().is_ok();
        if name.is_empty() || !is_hash {
            return Err(form.into());
        }
        Ok(Self::User { name: name.into(), hash: hash.into() })
    }
}

/// Tries of an address that were wrong, since the last that was right.
struct Failed {
    tries: u32,
    /// Before then the next is not looked at.
    until: Instant,
}

/// Who was let in, and who asked for frames.
pub(super) struct Guard {
    logins: Vec<Login>,
    /// Hashes of what was said by those who were let in; proving a password takes long.
    known: Mutex<Vec<[u8; 32]>>,
    /// Held by the one whose password is checked.
    turn: Semaphore,
    failed: Mutex<HashMap<IpAddr, Failed>>,
    rate: u32,
    buckets: Mutex<HashMap<IpAddr, (Instant, f64)>>,
}

impl Guard {
    /// `rate`: frames a second that one address may ask for.
    pub fn new(logins: Vec<Login>, rate: u32) -> Self {
        Self {
            logins,
            known: Mutex::default(),
            turn: Semaphore::new(1),
            failed: Mutex::default(),
            rate: rate.max(1),
            buckets: Mutex::default(),
        }
    }

    /// Takes a frame from an address's share; false if it has used it up.
    pub fn may_render(&self, peer: IpAddr) -> bool {
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

    /// How long `peer` has to wait before it may try again; nothing for most.
    fn penalty(&self, peer: IpAddr) -> Duration {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let until = failed.get(&network(peer)).map(|failed| failed.until);
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    /// Notes how a try of `peer` ended: each that is wrong makes the next wait twice as long.
    fn note_try(&self, peer: IpAddr, is_right: bool) {
        /// The first wait that is felt, and the longest.
        const FIRST: Duration = Duration::from_millis(250);
        const LONGEST: Duration = Duration::from_secs(30);
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, network) = (Instant::now(), network(peer));
        if is_right {
            failed.remove(&network);
            return;
        }
        if failed.len() >= ADDRESSES {
            failed.retain(|_, failed| failed.until + LONGEST > now);
        }
        if failed.len() >= ADDRESSES {
            // Whoever has so many addresses takes turns with everybody.
            failed.clear();
        }
        let entry = failed.entry(network).or_insert(Failed { tries: 0, until: now });
        // Forgotten after a while without any.
        if now > entry.until + 4 * LONGEST {
            entry.tries = 0;
        }
        entry.tries += 1;
        // A few slips cost nothing.
        let wait = FIRST * 2u32.pow(entry.tries.saturating_sub(3).min(7));
        entry.until = now + if entry.tries < 3 { Duration::ZERO } else { wait.min(LONGEST) };
    }

    /// Lets in who says the right thing, one password at a time.
    async fn judge(&self, peer: IpAddr, said: Vec<u8>) -> Result<(), Response> {
        let refusal = |wait: Duration| {
            let retry = [(header::RETRY_AFTER, wait.as_secs().max(1).to_string())];
            (StatusCode::TOO_MANY_REQUESTS, retry, "too many wrong passwords; try again later\n")
                .into_response()
        };
        let wait = self.penalty(peer);
        if !wait.is_zero() {
            return Err(refusal(wait));
        }
        let Ok(Ok(_turn)) = tokio::time::timeout(TURN, self.turn.acquire()).await else {
            return Err(refusal(TURN));
        };
        // Of those who waited together, the first may have been wrong too often for all.
        let wait = self.penalty(peer);
        if !wait.is_zero() {
            return Err(refusal(wait));
        }
        let logins = self.logins.clone();
        let checked = tokio::task::spawn_blocking(move || is_let_in(&logins, &said));
        let is_right = checked.await.unwrap_or(false);
        self.note_try(peer, is_right);
        match is_right {
            true => Ok(()),
            false => Err(challenge("wrong name, password or token\n")),
        }
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
pub(super) async fn login(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    if guard.logins.is_empty() {
        return next.run(request).await;
    }
    let said = request.headers().get(header::AUTHORIZATION).map(|v| v.as_bytes().to_vec());
    let Some(said) = said else {
        return challenge("a name and a password, or a token, is needed\n");
    };
    let hash = *blake3::hash(&said).as_bytes();
    if !guard.is_known(&hash) {
        if let Err(refusal) = guard.judge(peer(request.extensions()), said).await {
            return refusal;
        }
        guard.remember(hash);
    }
    next.run(request).await
}

fn challenge(reason: &'static str) -> Response {
    let challenge = (header::WWW_AUTHENTICATE, "Basic realm=\"genmedia\", charset=\"UTF-8\"");
    (StatusCode::UNAUTHORIZED, [challenge], reason).into_response()
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
    let hashes = || {
        logins.iter().filter_map(|login| match login {
            Login::User { name, hash } => Some((name, hash)),
            Login::Token(_) => None,
        })
    };
    let is = |hash: &str| bcrypt::verify(password, hash).unwrap_or(false);
    match hashes().any(|(name, _)| name == user) {
        true => hashes().any(|(name, hash)| name == user && is(hash)),
        // Who has no name here waits as long for the answer.
        false => {
            let _ = hashes().next().is_some_and(|(_, hash)| is(hash));
            false
        }
    }
}

/// What counts as one address: of version 6 the network that one customer has.
fn network(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V6(address) if address.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        address => address.to_canonical(),
    }
}

/// For files of users that a browser would run: as a page of nobody's, that may show itself and runs nothing.
pub(super) const SANDBOX: HeaderValue = HeaderValue::from_static(
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'; \
     frame-ancestors 'none'",
);

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
        // What a file has been given already is stricter.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Where a request comes from.
pub(super) fn peer(request: &axum::http::Extensions) -> IpAddr {
    request.get::<SocketAddr>().map_or(IpAddr::from([127, 0, 0, 1]), |peer| peer.ip())
}
