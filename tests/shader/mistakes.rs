//! What is wrong with a shader is said before any frame, in its own lines.

use std::fs;
use std::time::{Duration, Instant};

use crate::common::{Folder, stderr};

/// Runs it, must fail, and gives what it said.
fn refused(folder: &Folder, args: &str) -> String {
    let output = folder.run(args);
    assert!(!output.status.success(), "{args}");
    let said = stderr(&output);
    assert!(!said.contains("panicked") && !said.contains("fault of genmedia"), "{said}");
    assert!(!folder.join("jobs").exists(), "{args}: {said}");
    said
}

#[test]
fn mistakes_are_shown_in_their_own_lines() {
    let folder = Folder::new();
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("written");
    write("a.frag", "// one\nvoid mainImage(out vec4 c, vec2 p) {\n    c = vec4(nothing);\n}\n");
    let said = refused(&folder, "render shader a.frag");
    assert!(said.contains("a.frag:3:14: 'nothing': undeclared identifier"), "{said}");
    assert!(said.ends_with(" 3 |     c = vec4(nothing);\n   |              ^\n"), "{said}");
    write("lib.glsl", "float f() { return 1.0 }\n");
    write(
        "b.frag",
        "\n#include \"lib.glsl\"\nvoid mainImage(out vec4 c, vec2 p) { c = vec4(f()); }\n",
    );
    let said = refused(&folder, "render shader b.frag");
    assert!(said.contains("lib.glsl:1:24: "), "{said}");
    write("c.frag", "#include \"c.frag\"\n");
    assert!(refused(&folder, "render shader c.frag").contains("c.frag includes itself"));
    write("d.frag", "#include \"gone.glsl\"\nvoid main() {}\n");
    assert!(
        refused(&folder, "render shader d.frag").contains("d.frag:1:1: gone.glsl is not there")
    );
    write("e.frag", "float f() { return 1.0; }\n");
    assert!(refused(&folder, "render shader e.frag").contains("there is neither mainImage"));
    write("f.wgsl", "@fragment\nfn f() -> @location(0) vec4f { return vec4f(nothing); }\n");
    let said = refused(&folder, "render shader f.wgsl");
    assert!(said.contains("f.wgsl:2:") && said.contains("nothing"), "{said}");
    write(
        "g.frag",
        "void mainImage(out vec4 c, vec2 p) { switch (int(p.x)) { default: c.x = 1.0; case 1: c.y = 1.0; } }\n",
    );
    assert!(refused(&folder, "render shader g.frag").contains("put default last"));
    write("h.frag", "void mainImage(out vec4 c, vec2 p) { c = vec4(1.0); }\n");
    write(
        "i.frag",
        "void mainImage(out vec4 c, vec2 p) { vec3 a; a = vec2(1.0) ; gl_FragDepth = 1.0; }\n",
    );
    let said = refused(&folder, "render shader i.frag");
    assert!(said.contains("i.frag:1:48: 'assign': cannot convert"), "{said}");
    for (text, wanted) in [
        ("out vec3 c; void main() { c = vec3(1.0); }", "one vec4"),
        ("out vec4 c, d; void main() { c = d = vec4(1.0); }", "a pass has one result"),
        ("in vec4 v; void main() { gl_FragColor = v; }", "one vec2"),
        ("uniform float a[5000]; void main() { gl_FragColor = vec4(a[3]); }", "16384 are the most"),
    ] {
        write("k.frag", &format!("{text}\n"));
        let said = refused(&folder, "render shader k.frag");
        assert!(said.contains(wanted), "{text}: {said}");
    }
    let deep = "a + ".repeat(30_000);
    write(
        "l.frag",
        &format!("void main() {{ float a = 0.1; a = {deep}1.0; gl_FragColor = vec4(a); }}\n"),
    );
    let output = folder.run("render shader l.frag --dry-run");
    assert!(output.status.code().is_some_and(|code| code < 3), "{:?}", output.status);
    write("j.frag", "void main() { gl_FragColor = vec4(1.0); gl_FragDepth = 0.5; }\n");
    assert!(refused(&folder, "render shader j.frag").contains("gl_FragDepth"));
    for (args, wanted) in [
        ("--set speed=1", "the shader has no such uniform (declared: none)"),
        ("--set iMouse=1", "2 numbers are expected, where it is, or 4"),
        ("--channel 7=noise", "--channel 7=noise: NAME=WHAT is expected"),
        ("--channel 0=nois", "did you mean"),
        ("--channel 0=gone.png", "gone.png is not there"),
        ("--channel 0=noise,filter=soft", "filter: soft is none"),
        ("--define 1x=2", "begins with no digit"),
        ("--antialias 9", "1 to 8 points"),
        ("--date yesterday", "YYYY-MM-DD"),
        ("--linear", "only with --antialias"),
        ("--buffer E=h.frag", "buffers are A, B, C and D"),
        ("--device nothing", "no device is nothing (known: 0 llvmpipe"),
        ("--device 9", "no device is 9"),
        ("--size 20000x10 --codec ffv1", "sides are at most"),
        ("--size 2100x64 --antialias 8", "lower --antialias or --size"),
    ] {
        let output = folder.run(&format!("render shader h.frag --frames 2 {args}"));
        let said = stderr(&output);
        assert!(!output.status.success() && said.contains(wanted), "{args}: {said}");
        assert!(said.lines().count() <= 2, "{args}: {said}");
    }
    let folder = Folder::new();
    assert!(refused(&folder, "render shader").contains("a shader is needed"));
    assert!(refused(&folder, "render shader gone.frag").contains("gone.frag is not there"));
}

#[test]
fn without_a_driver_it_is_said_what_to_install() {
    let folder = Folder::new();
    fs::write(folder.join("a.frag"), "void mainImage(out vec4 c, vec2 p) { c = vec4(1.0); }\n")
        .expect("written");
    for args in ["devices", "render shader a.frag --frames 2"] {
        let mut command = folder.command(args);
        command.env("VK_ICD_FILENAMES", "/dev/null").env("VK_DRIVER_FILES", "/dev/null");
        let output = command.output().expect("it starts");
        let said = stderr(&output);
        assert!(!output.status.success() && said.contains("mesa-vulkan-drivers"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let listed = folder.run("devices");
    let listed = String::from_utf8(listed.stdout).expect("text");
    assert!(listed.starts_with("* 0 ") && listed.contains("cpu"), "{listed}");
}

#[test]
fn a_shader_that_takes_too_long_is_a_frame_that_failed() {
    let folder = Folder::new();
    let text = "void mainImage(out vec4 c, vec2 p) { float n = 0.0;\n\
                if (iFrame >= 3) for (int i = 0; i < 60000; i++) n += sin(float(i) * p.x + n);\nc = vec4(n); }\n";
    fs::write(folder.join("a.frag"), text).expect("written");
    let since = Instant::now();
    let args = "render shader a.frag --size 640x480 --frames 8 --segment-frames 2 --timeout 0.5 --retries 1 --name a";
    let output = folder.run(args);
    let said = stderr(&output);
    assert!(!output.status.success() && said.contains("longer than 0.5 s for a frame"), "{said}");
    assert!(said.contains("frame 3") || said.contains("frame 2"), "{said}");
    // Nobody waits for what the device is at.
    assert!(since.elapsed() < Duration::from_secs(20), "{:?}", since.elapsed());
}

#[test]
fn loops_that_the_driver_ends_are_no_picture() {
    let folder = Folder::new();
    let loops = |body: &str| {
        let text = format!(
            "void mainImage(out vec4 c, vec2 p) {{ float n = 0.0;\n{body}\nc = vec4(n / 1e5); }}\n"
        );
        fs::write(folder.join("a.frag"), text).expect("written");
        folder.run("render shader a.frag --size 64x64 --frames 2 --retries 0 --device cpu")
    };
    for body in [
        "for (int i = 0; i < 400; i++) for (int j = 0; j < 400; j++) n += fract(n * p.x);",
        "int i = 0; while (true) { n += fract(n * p.x); if (i++ > 90000) break; }",
        "int i = 0; do { n += fract(n * p.x); if (n < 0.0) continue; } while (i++ < 90000);",
        "for (int i = 0; i < 9; i++) { for (int j = 0; j < 9000; j++) n += fract(n * p.x); switch (i) { case 3: break; } }",
    ] {
        let said = stderr(&loops(body));
        assert!(said.contains("more than 65535 times"), "{body}: {said}");
    }
    for body in [
        "for (int i = 0; i < 100; i++) for (int j = 0; j < 400; j++) n += fract(n * p.x);",
        "for (int i = 0; i < 60000; i++) n += fract(n * p.x);",
        "for (int i = 0; i < 90000; i++) { if (i > 100) { n += 1.0; break; } }",
    ] {
        let output = loops(body);
        assert!(output.status.success(), "{body}: {}", stderr(&output));
    }
}

#[test]
fn a_shader_that_is_changed_is_another_job() {
    let folder = Folder::new();
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("written");
    write("lib.glsl", "const float LIGHT = 0.5;\n");
    write(
        "a.frag",
        "#include \"lib.glsl\"\nvoid mainImage(out vec4 c, vec2 p) { c = vec4(LIGHT); }\n",
    );
    let args = "render shader a.frag --size 64x64 --frames 4 --segment-frames 2";
    let first = folder.render(args);
    assert_eq!(folder.render(args), first);
    write("lib.glsl", "const float LIGHT = 0.25;\n");
    let second = folder.render(args);
    assert_ne!(first, second);
    let name = first
        .parent()
        .expect("a folder")
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    // What is done is there to be looked at still; what is missing would not fit.
    fs::remove_file(&first).expect("removed");
    let output = folder.run(&format!("resume {name}"));
    let said = stderr(&output);
    assert!(!output.status.success() && said.contains("lib.glsl has changed"), "{said}");
}
