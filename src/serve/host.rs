//! Which names this server answers to. A page of somebody else's, in the browser of somebody who can reach
//! this server, could otherwise point its own name here (DNS rebinding) and read everything.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The host and port that a request was for, checked.
#[derive(Debug, Clone)]
pub(super) struct Host(pub String);

/// The names that are answered to; any, if there are none.
pub(super) struct Names(Option<Vec<String>>);

impl Names {
    /// Those given, and on a loopback address those of this machine. On other addresses every name is
    /// answered to, unless some are given.
    pub fn new(given: &[String], is_loopback: bool) -> Self {
        let names = given.iter().map(|name| name.to_ascii_lowercase()).collect();
        Self((is_loopback || !given.is_empty()).then_some(names))
    }

    fn have(&self, host: &str) -> bool {
        let Some(names) = &self.0 else { return true };
        let name = name(host).to_ascii_lowercase();
        let name = name.trim_end_matches('.');
        let address = name.trim_start_matches('[').trim_end_matches(']');
        name == "localhost"
            || name.ends_with(".localhost")
            || address.parse::<IpAddr>().is_ok()
            || names.iter().any(|known| known == name)
    }
}

/// The host without its port.
fn name(host: &str) -> &str {
    match host.rsplit_once(':') {
        // Not the last part of an address of version 6.
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => {
            name
        }
        _ => host,
    }
}

/// The host that a request names (RFC 9112, 3.2); `None` if it is missing, doubled or no host. A request of
/// HTTP/1.0 need not name one.
fn of_request(uri: &Uri, headers: &HeaderMap, version: Version) -> Option<String> {
    let mut all = headers.get_all(header::HOST).iter();
    let (first, second) = (all.next(), all.next());
    let named = match (uri.authority(), first, second) {
        (_, _, Some(_)) => return None,
        (Some(authority), _, None) => authority.as_str().to_string(),
        (None, Some(host), None) => host.to_str().ok()?.to_string(),
        (None, None, None) if version < Version::HTTP_11 => return Some(String::new()),
        (None, None, None) => return None,
    };
    let is_host = !named.is_empty()
        && named.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]_".contains(&b));
    is_host.then_some(named)
}

/// Refuses requests that are for somebody else.
pub(super) async fn check(
    State(names): State<Arc<Names>>,
    mut request: Request,
    next: Next,
) -> Response {
    let host = of_request(request.uri(), request.headers(), request.version());
    let Some(host) = host else {
        return (StatusCode::BAD_REQUEST, "the request does not name one host\n").into_response();
    };
    if !host.is_empty() && !names.have(&host) {
        let told = format!(
            "this server does not answer to {}; start it with --host {0} if it should\n",
            name(&host)
        );
        return (StatusCode::MISDIRECTED_REQUEST, told).into_response();
    }
    request.extensions_mut().insert(Host(host));
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_and_given_ones_are_answered_to() {
        let names = Names::new(&["Films.example".into()], true);
        for host in [
            "localhost",
            "localhost:8080",
            "LOCALHOST",
            "a.localhost:1",
            "127.0.0.1:8080",
            "10.0.0.7",
            "[::1]",
            "[::1]:8080",
            "films.example:443",
            "films.example.",
        ] {
            assert!(names.have(host), "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example", "films.example.evil", "127.0.0.1.evil"]
        {
            assert!(!names.have(host), "{host}");
        }
        assert!(Names::new(&[], false).have("anything.example"));
        assert!(!Names::new(&["a.example".into()], false).have("b.example"));
    }

    #[test]
    fn one_host_is_named_and_no_more() {
        let of = |hosts: &[&str], version| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(header::HOST, host.parse().expect("a value"));
            }
            of_request(&Uri::from_static("/"), &headers, version)
        };
        assert_eq!(of(&["a:1"], Version::HTTP_11), Some("a:1".into()));
        assert_eq!(of(&[], Version::HTTP_10), Some(String::new()));
        for hosts in [&[][..], &["a", "a"], &["a", "b"], &[""], &["a/b"], &["a@b"]] {
            assert_eq!(of(hosts, Version::HTTP_11), None, "{hosts:?}");
        }
    }
}
