//! What programs ask for.

use std::fs;

use crate::common::{self, Folder, wait_until};
use crate::server::{Server, jobs};

#[test]
fn machines_are_told_how_it_is() {
    let folder = Folder::new();
    jobs(&folder);
    // However busy and full the machine is that runs this.
    let server = Server::start(&folder, "--load 1000 --disk-free 0.0001 --memory-free 0.0001");
    let listed = server.json("/api/jobs");
    assert_eq!(listed, serde_json::Value::Array(common::listed(&folder)));
    assert_eq!(server.json("/api/jobs/dots"), listed[0]);
    let segments = server.json("/api/jobs/dots/segments?offset=1&limit=1");
    assert_eq!((&segments["segments"], &segments["recorded"][0]["index"]), (&2.into(), &1.into()));
    for (path, code) in [
        ("/api/jobs/none", 404),
        ("/api/jobs/none/segments", 404),
        ("/api/jobs/dots/segments?limit=0", 400),
        ("/api/jobs/dots/segments?limit=x", 400),
        ("/api/jobs/%ff", 400),
    ] {
        let (status, head, content) = server.get(path, &[]);
        assert_eq!(status, code, "{path}");
        assert!(head.contains("content-type: application/json"), "{path}: {head}");
        let refusal: serde_json::Value = serde_json::from_slice(&content).expect("JSON");
        assert!(refusal["error"].is_string(), "{path}");
    }
    let described = server.json("/api/openapi.json");
    for path in described["paths"].as_object().expect("paths").keys() {
        let path = path.replace("{name}", "dots");
        if path != "/api/events" {
            assert_eq!(server.get(&path, &[]).0, 200, "{path}");
        }
    }
    let metrics = server.text("/metrics");
    for line in [
        "genmedia_jobs{state=\"done\"} 3",
        "genmedia_frames_done 92",
        "genmedia_segment_seconds_count 5",
        "genmedia_http_requests_total{code=\"404\"} 2",
        "# TYPE genmedia_segment_seconds histogram",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    for path in ["/health", "/disk", "/cpu", "/memory"] {
        assert_eq!(server.text(path), "ok\n", "{path}");
        let (_, _, figures) = server.get(path, &["-H", "Accept: application/json"]);
        let figures: serde_json::Value = serde_json::from_slice(&figures).expect("JSON");
        assert_eq!(figures["status"], "ok", "{path}");
    }
    let strict = Server::start(&folder, "--disk-free 1 --memory-free 1 --load 0.000001");
    for path in ["/disk", "/memory"] {
        let (status, _, said) = strict.get(path, &[]);
        assert_eq!((status, &said[..]), (503, &b"not ok\n"[..]), "{path}");
    }
    // A database that is none is told of, and everything else goes on.
    let other = Folder::new();
    fs::create_dir(other.join("jobs")).expect("a folder");
    let server = Server::start(&other, "");
    assert!(server.text("/").contains("There are no jobs yet"));
    fs::create_dir(other.join("jobs/genmedia.db")).expect("no database");
    wait_until("it is noticed", || server.get("/health", &[]).0 == 503);
    assert_eq!(server.get("/disk", &[]).0, 200);
}
