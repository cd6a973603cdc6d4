//! Vertex shaders, as ISF has them beside its shaders.
//!
//! A picture is a square of two triangles, and what a vertex shader gives at its corners is mixed for each pixel in between. No
//! other shape is drawn, so it stands before the shader as a function, which is called for the four corners.

use super::code::Code;
use super::glsl::edited;
use super::scan::{Declared, Scan, Storage, scan};

/// A vertex shader.
pub(super) struct Vertex {
    /// The function, and all that it needs.
    pub code: Code,
    /// What is found in its text.
    pub found: Scan,
    /// What pixels are given: type, name and size.
    varyings: Vec<(String, String, String)>,
    /// Its own variables, with their types: at each corner they are what they were at first.
    variables: Vec<(String, String)>,
    /// True if the square is moved.
    is_moved: bool,
}

/// What stands before the function: the corner of which it is asked, and where that comes to be.
const BEFORE: &str = "\
vec2 gm_corner;vec4 gm_position;vec2 gm_norm;
void isf_vertShaderInit(){gm_position=vec4(gm_corner*2.-1.,0.,1.);gm_norm=gm_corner;}
#define vv_vertShaderInit isf_vertShaderInit
#define gl_Position gm_position
#undef isf_FragNormCoord
#define isf_FragNormCoord gm_norm
";

/// How much a pixel has of each corner of a triangle that was moved, and whether it lies within. (M. Olano and T. Greer,
/// \"Triangle Scan Conversion using 2D Homogeneous Coordinates\", 1997)
const WITHIN: &str = "\
bool gm_within(vec4 a,vec4 b,vec4 c,vec2 p,out vec3 w){\
w=inverse(mat3(a.xyw,b.xyw,c.xyw))*vec3(p,1.);\
bool is=all(greaterThanEqual(w,vec3(0.)));w/=w.x+w.y+w.z;return is;}
";

impl Vertex {
    /// The vertex shader in `code`; what it names of `given` is declared before it.
    ///
    /// # Errors
    /// It has no `main`.
    pub fn new(code: &Code, given: &Scan) -> Result<Self, String> {
        let text = code.text();
        let found = scan(&text);
        if !found.functions.contains_key("main") {
            return Err(format!("{}: there is no main", code.name()));
        }
        let is_given =
            |name: &str| given.declared.iter().any(|d| d.names.iter().any(|(own, ..)| own == name));
        let mut varyings: Vec<(String, String, String)> = Vec::new();
        let mut edits: Vec<_> =
            found.directives.iter().map(|range| (range.clone(), String::new())).collect();
        for Declared { range, storage, kind, names } in &found.declared {
            let mut written = String::new();
            for (name, sizes, _) in names {
                if *storage == Storage::Uniform {
                    if !is_given(name) {
                        written += &format!("uniform {kind} {name}{sizes};");
                    }
                    continue;
                }
                let kind = kind.split_whitespace().last().unwrap_or_default();
                written += &format!("{kind} {name}{sizes};");
                if varyings.iter().all(|(_, other, _)| other != name) {
                    varyings.push((kind.into(), name.clone(), sizes.clone()));
                }
            }
            edits.push((range.clone(), written));
        }
        let own = found.functions.keys().chain(found.globals.keys()).chain(&found.structs);
        let own: Vec<&String> = own.filter(|name| !name.ends_with("_vertShaderInit")).collect();
        let is_moved = found.words.contains("gl_Position");
        let mut before = BEFORE.to_string();
        let mut behind = String::from("#undef gl_Position\n#undef isf_FragNormCoord\n");
        // The shader itself may have others of the same names.
        for name in own {
            before += &format!("#define {name} gm_v_{name}\n");
            behind += &format!("#undef {name}\n");
        }
        for name in &found.macros {
            behind += &format!("#undef {name}\n");
        }
        let variables: Vec<(String, String)> = found
            .globals
            .iter()
            .filter_map(|(name, kind)| Some((kind.clone()?, name.clone())))
            .collect();
        let mut first = String::new();
        for (kind, name) in &variables {
            // A struct has another name by now.
            if found.structs.contains(kind) {
                continue;
            }
            first += &format!("{kind} gm_f_{name}=gm_v_{name};\n");
        }
        behind += &first;
        behind += match is_moved {
            true => "#define isf_FragNormCoord gm_norm\n",
            false => "#define isf_FragNormCoord (gl_FragCoord.xy/RENDERSIZE)\n",
        };
        if is_moved {
            behind += WITHIN;
            varyings.push(("vec4".into(), "gm_position".into(), String::new()));
            varyings.push(("vec2".into(), "gm_norm".into(), String::new()));
        }
        let code = Code::ours(&before)
            .then(code.rewritten(&edited(&text, edits)))
            .then(Code::ours(&behind));
        let variables =
            variables.into_iter().filter(|(kind, _)| !found.structs.contains(kind)).collect();
        Ok(Self { code, found, varyings, variables, is_moved })
    }

    /// What is done for a pixel before anything else.
    pub fn mixed(&self) -> String {
        const CORNERS: [&str; 4] = ["0.,0.", "1.,0.", "0.,1.", "1.,1."];
        let mut mixed = String::new();
        for (n, corner) in CORNERS.iter().enumerate() {
            for (_, name) in &self.variables {
                mixed += &format!("gm_v_{name}=gm_f_{name};");
            }
            mixed += &format!("gm_corner=vec2({corner});gm_v_main();");
            for (kind, name, sizes) in &self.varyings {
                mixed += &format!("{kind} gm_{n}_{name}{sizes}={name};");
            }
        }
        mixed += "vec2 gm_p=gl_FragCoord.xy/RENDERSIZE;vec4 gm_w;";
        mixed += match self.is_moved {
            true => {
                "vec3 gm_t;gm_p=gm_p*2.-1.;\
                 if(gm_within(gm_0_gm_position,gm_1_gm_position,gm_2_gm_position,gm_p,gm_t))gm_w=vec4(gm_t,0.);\
                 else if(gm_within(gm_1_gm_position,gm_3_gm_position,gm_2_gm_position,gm_p,gm_t))\
                 gm_w=vec4(0.,gm_t.x,gm_t.z,gm_t.y);else discard;"
            }
            false => {
                "gm_w=vec4((1.-gm_p.x)*(1.-gm_p.y),gm_p.x*(1.-gm_p.y),(1.-gm_p.x)*gm_p.y,gm_p.x*gm_p.y);"
            }
        };
        for (kind, name, sizes) in &self.varyings {
            let is_mixed = ["float", "vec", "mat"].iter().any(|start| kind.starts_with(start));
            mixed += &match (is_mixed, sizes.is_empty()) {
                (true, true) => format!(
                    "{name}=gm_0_{name}*gm_w.x+gm_1_{name}*gm_w.y+gm_2_{name}*gm_w.z+gm_3_{name}*gm_w.w;"
                ),
                (true, false) => format!(
                    "for(int i=0;i<{name}.length();i++){name}[i]=gm_0_{name}[i]*gm_w.x+gm_1_{name}[i]*gm_w.y\
                     +gm_2_{name}[i]*gm_w.z+gm_3_{name}[i]*gm_w.w;"
                ),
                (false, _) => format!("{name}=gm_0_{name};"),
            };
        }
        if self.is_moved {
            mixed += "if(abs(gm_position.z)>gm_position.w)discard;";
        }
        mixed
    }
}
