//! The words of GLSL's dialects: what may be named without being declared, what other GLSL calls otherwise, and what is put in the
//! place of functions that cannot be translated.

use super::scan::Scan;
use crate::values::Pairs;

/// What is known without being declared, and its type. Those that a shader declares itself keep the type that it says.
pub(super) const KNOWN: [(&str, &str); 34] = [
    ("iResolution", "vec3"),
    ("iTime", "float"),
    ("iGlobalTime", "float"),
    ("iTimeDelta", "float"),
    ("iFrame", "int"),
    ("iFrameRate", "float"),
    ("iMouse", "vec4"),
    ("iDate", "vec4"),
    ("iSampleRate", "float"),
    ("iChannelTime", "float"),
    ("iChannelResolution", "vec3"),
    ("iChannel0", "sampler2D"),
    ("iChannel1", "sampler2D"),
    ("iChannel2", "sampler2D"),
    ("iChannel3", "sampler2D"),
    ("u_time", "float"),
    ("u_delta", "float"),
    ("u_resolution", "vec2"),
    ("u_mouse", "vec2"),
    ("u_frame", "int"),
    ("u_date", "vec4"),
    ("u_tex0", "sampler2D"),
    ("u_tex1", "sampler2D"),
    ("u_tex2", "sampler2D"),
    ("u_tex3", "sampler2D"),
    ("u_tex0Resolution", "vec2"),
    ("u_tex1Resolution", "vec2"),
    ("u_tex2Resolution", "vec2"),
    ("u_tex3Resolution", "vec2"),
    ("u_seed", "float"),
    ("gm_scale", "float"),
    ("u_progress", "float"),
    ("u_fps", "float"),
    ("u_frames", "int"),
];

/// Names of older and of other GLSL, and what stands for them.
const OTHERS: [(&str, &str); 31] = [
    ("texture2D", "texture"),
    ("texture2DLod", "textureLod"),
    ("texture2DLodEXT", "textureLod"),
    ("texture2DGradEXT", "textureGrad"),
    ("texture2DGradARB", "textureGrad"),
    ("texture2DProj", "textureProj"),
    ("varying", "in"),
    ("gl_FragColor", "gm_color"),
    ("gl_FragData", "gm_data"),
    // Names that are words of this GLSL and of no older one.
    ("buffer", "gm_buffer_"),
    ("shared", "gm_shared_"),
    ("sample", "gm_sample_"),
    ("patch", "gm_patch_"),
    ("precise", "gm_precise_"),
    ("subroutine", "gm_subroutine_"),
    ("resource", "gm_resource_"),
    ("sampler", "gm_sampler_"),
    ("texture1D", "gm_texture1D_"),
    ("texture3D", "gm_texture3D_"),
    ("texture1DArray", "gm_texture1DArray_"),
    ("texture2DArray", "gm_texture2DArray_"),
    ("textureBuffer", "gm_textureBuffer_"),
    ("dmat2", "gm_dmat2_"),
    ("dmat3", "gm_dmat3_"),
    ("dmat4", "gm_dmat4_"),
    ("nonprivate", "gm_nonprivate_"),
    ("devicecoherent", "gm_devicecoherent_"),
    ("queuefamilycoherent", "gm_queuefamilycoherent_"),
    ("workgroupcoherent", "gm_workgroupcoherent_"),
    ("subgroupcoherent", "gm_subgroupcoherent_"),
    ("shadercallcoherent", "gm_shadercallcoherent_"),
];

/// Functions that cannot be translated, and what does the same.
const REPLACED: [(&str, &str); 11] = [
    (
        "outerProduct",
        "mat2 gm_outerProduct(vec2 c,vec2 r){return mat2(c*r.x,c*r.y);}\
         mat3x2 gm_outerProduct(vec2 c,vec3 r){return mat3x2(c*r.x,c*r.y,c*r.z);}\
         mat4x2 gm_outerProduct(vec2 c,vec4 r){return mat4x2(c*r.x,c*r.y,c*r.z,c*r.w);}\
         mat2x3 gm_outerProduct(vec3 c,vec2 r){return mat2x3(c*r.x,c*r.y);}\
         mat3 gm_outerProduct(vec3 c,vec3 r){return mat3(c*r.x,c*r.y,c*r.z);}\
         mat4x3 gm_outerProduct(vec3 c,vec4 r){return mat4x3(c*r.x,c*r.y,c*r.z,c*r.w);}\
         mat2x4 gm_outerProduct(vec4 c,vec2 r){return mat2x4(c*r.x,c*r.y);}\
         mat3x4 gm_outerProduct(vec4 c,vec3 r){return mat3x4(c*r.x,c*r.y,c*r.z);}\
         mat4 gm_outerProduct(vec4 c,vec4 r){return mat4(c*r.x,c*r.y,c*r.z,c*r.w);}",
    ),
    ("uaddCarry", "uint gm_uaddCarry(uint a,uint b,out uint c){uint s=a+b;c=s<a?1u:0u;return s;}"),
    ("usubBorrow", "uint gm_usubBorrow(uint a,uint b,out uint c){c=a<b?1u:0u;return a-b;}"),
    (
        "umulExtended",
        "void gm_umulExtended(uint a,uint b,out uint h,out uint l){uint p=a>>16u,q=b>>16u,r=a&65535u,s=b&65535u;\
         uint m=p*s+(r*s>>16u),n=r*q+(m&65535u);l=a*b;h=p*q+(m>>16u)+(n>>16u);}",
    ),
    (
        "imulExtended",
        "void gm_imulExtended(int a,int b,out int h,out int l){uint x=uint(a),y=uint(b),p=x>>16u,q=y>>16u;\
         uint r=x&65535u,s=y&65535u,m=p*s+(r*s>>16u),n=r*q+(m&65535u);l=a*b;\
         h=int(p*q+(m>>16u)+(n>>16u)-(a<0?y:0u)-(b<0?x:0u));}",
    ),
    (
        "frexp",
        "float gm_frexp(float x,out int e){e=x==0.?0:((floatBitsToInt(x)>>23)&255)-126;return x==0.?x:x*exp2(-float(e));}",
    ),
    (
        "ldexp",
        "float gm_ldexp(float x,int e){return x*exp2(float(e));}vec2 gm_ldexp(vec2 x,ivec2 e){return x*exp2(vec2(e));}\
         vec3 gm_ldexp(vec3 x,ivec3 e){return x*exp2(vec3(e));}vec4 gm_ldexp(vec4 x,ivec4 e){return x*exp2(vec4(e));}",
    ),
    (
        "modf",
        "float gm_modf(float x,out float i){i=trunc(x);return x-i;}\
         vec2 gm_modf(vec2 x,out vec2 i){i=trunc(x);return x-i;}\
         vec3 gm_modf(vec3 x,out vec3 i){i=trunc(x);return x-i;}\
         vec4 gm_modf(vec4 x,out vec4 i){i=trunc(x);return x-i;}",
    ),
    (
        "bitCount",
        "int gm_bitCount(int x){return bitCount(x);}int gm_bitCount(uint x){return bitCount(int(x));}",
    ),
    (
        "findLSB",
        "int gm_findLSB(int x){return findLSB(x);}int gm_findLSB(uint x){return findLSB(int(x));}",
    ),
    (
        "findMSB",
        "int gm_findMSB(int x){return findMSB(x);}\
         int gm_findMSB(uint x){return x==0u?-1:findMSB(int(x>>1u))+1;}",
    ),
];

/// The macros that stand before a shader: for what the language calls otherwise, and those that are asked for.
pub(super) fn macros(found: &Scan, defines: &Pairs) -> String {
    let mut head = String::new();
    let is_named = |name: &str| found.words.contains(name);
    for (name, functions) in REPLACED {
        let is_own = found.functions.contains_key(name) || found.globals.contains_key(name);
        if is_named(name) && !is_own {
            head += &format!("{functions}\n#define {name} gm_{name}\n");
        }
    }
    for (name, other) in OTHERS {
        let other = match name {
            "texture2D" if found.functions.contains_key("texture") => "gm_texture",
            _ => other,
        };
        if is_named(name) {
            head += &format!("#define {name} {other}\n");
        }
    }
    for (name, value) in &defines.0 {
        let value = if value.is_empty() { "1" } else { value };
        head += &format!("#define {name} {value}\n");
    }
    head
}

/// True for a uniform that is known, and declared as it is known: it may stand where it is skipped.
pub(super) fn is_known(kind: &str, name: &str, sizes: &str) -> bool {
    let kind = kind.split_whitespace().last().unwrap_or_default();
    let listed = matches!(name, "iChannelTime" | "iChannelResolution");
    !listed && sizes.is_empty() && KNOWN.contains(&(name, kind))
}
