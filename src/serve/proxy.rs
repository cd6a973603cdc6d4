//! What a proxy in front says of a request: who asks, and under which address this server is reached.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;

use super::guard;

/// Where this server is reached, as far as a proxy that is trusted has told: `https`, `films.example`, `/films`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Reached {
    pub scheme: Option<String>,
    pub host: Option<String>,
    pub prefix: Option<String>,
}

/// Believes the headers of `proxies`, and of nobody else.
pub(super) async fn believe(
    State(proxies): State<Arc<[IpAddr]>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = guard::peer(request.extensions());
    if proxies.contains(&peer.to_canonical()) {
        let client = client(request.headers(), &proxies);
        let reached = reached(request.headers());
        request.extensions_mut().insert(reached);
        if let Some(client) = client {
            request.extensions_mut().insert(SocketAddr::from((client, 0)));
        }
    }
    next.run(request).await
}

/// The last address that is not a proxy's: what stands before it anybody may have written.
fn client(headers: &HeaderMap, proxies: &[IpAddr]) -> Option<IpAddr> {
    let all = headers.get_all("x-forwarded-for").iter();
    let all: Vec<&str> = all.filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(',')).collect();
    let address = |text: &str| {
        let text = text.trim();
        let bare = text.trim_start_matches('[').split(']').next().unwrap_or(text);
        let address = bare.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
        address.map(|address: IpAddr| address.to_canonical())
    };
    // What is no address ends it: nothing before that is to be believed.
    let known = all.iter().rev().map(|text| address(text)).take_while(Option::is_some).flatten();
    let mut known = known.peekable();
    let last = known.peek().copied();
    known.find(|address| !proxies.contains(address)).or(last)
}

fn reached(headers: &HeaderMap) -> Reached {
    // The first is what the proxy that stands outermost was asked.
    let first = |name: &str| {
        let value = headers.get(name)?.to_str().ok()?;
        value.split(',').next().map(|value| value.trim().to_string())
    };
    let is_in = |value: &str, others: &[u8]| {
        value.bytes().all(|b| b.is_ascii_alphanumeric() || others.contains(&b))
    };
    let prefix = first("x-forwarded-prefix").map(|prefix| prefix.trim_end_matches('/').to_string());
    Reached {
        scheme: first("x-forwarded-proto").filter(|scheme| scheme == "http" || scheme == "https"),
        host: first("x-forwarded-host").filter(|host| !host.is_empty() && is_in(host, b".-:[]_")),
        prefix: prefix.filter(|prefix| prefix.starts_with('/') && is_in(prefix, b"/-._~%")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (name.parse().expect("a name"), value.parse().expect("a value"))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn the_client_is_the_last_that_is_no_proxy() {
        let proxies = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([10, 0, 0, 2])];
        for (value, expected) in [
            ("192.0.2.7", Some("192.0.2.7")),
            ("6.6.6.6, 192.0.2.7", Some("192.0.2.7")),
            ("6.6.6.6, 192.0.2.7, 10.0.0.2", Some("192.0.2.7")),
            ("6.6.6.6, unknown, 10.0.0.2", Some("10.0.0.2")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("::ffff:192.0.2.7", Some("192.0.2.7")),
            ("nonsense", None),
        ] {
            let found = client(&headers(&[("x-forwarded-for", value)]), &proxies);
            assert_eq!(found.map(|ip| ip.to_string()).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn an_address_is_taken_only_if_it_is_one() {
        let good = headers(&[
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "films.example:8443"),
            ("x-forwarded-prefix", "/films/"),
        ]);
        let expected = Reached {
            scheme: Some("https".into()),
            host: Some("films.example:8443".into()),
            prefix: Some("/films".into()),
        };
        assert_eq!(reached(&good), expected);
        let bad = headers(&[
            ("x-forwarded-proto", "javascript"),
            ("x-forwarded-host", "a/b"),
            ("x-forwarded-prefix", "films\"><b>"),
        ]);
        assert_eq!(reached(&bad), Reached::default());
    }
}
