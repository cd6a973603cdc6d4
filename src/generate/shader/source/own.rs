//! Functions of a shader's own that have the names of the language's.
//!
//! In newer GLSL the language has functions that a shader for older GLSL wrote itself, and glslang takes no second of the same
//! parameters. They get other names; for other parameters, these names stand for the language's.

use super::scan::{Function, Scan};

/// Functions of one, two and three parameters of the same type.
const OF: [&str; 3] = [
    "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh radians degrees exp log exp2 log2 sqrt inversesqrt abs \
     sign floor trunc round roundEven ceil fract normalize length dFdx dFdy fwidth",
    "pow mod min max step atan distance dot cross reflect",
    "clamp mix smoothstep fma faceforward",
];
/// Those that give a single number.
const SINGLE: [&str; 4] = ["length", "distance", "dot", "determinant"];
/// Functions of one matrix.
const MATRICES: [&str; 3] = ["transpose", "inverse", "determinant"];
const VECTORS: [&str; 4] = ["float", "vec2", "vec3", "vec4"];

/// Functions that some GLSL of the web has not, beside those of [`OF`].
const NEWER: &str = "\
    min3 max3 mid3 isnan isinf outerProduct floatBitsToInt floatBitsToUint intBitsToFloat uintBitsToFloat \
    textureSize textureLod texelFetch textureGrad textureOffset texture packHalf2x16 unpackHalf2x16 bitCount \
    bitfieldExtract bitfieldInsert bitfieldReverse findLSB findMSB fma frexp ldexp packUnorm4x8 packSnorm4x8 \
    unpackUnorm4x8 unpackSnorm4x8 packDouble2x32 unpackDouble2x32 dFdxFine dFdyFine dFdxCoarse dFdyCoarse fwidthFine \
    fwidthCoarse uaddCarry usubBorrow umulExtended imulExtended textureGather textureGatherOffset \
    textureGatherOffsets textureQueryLod textureQueryLevels atomicAdd atomicMin atomicMax atomicAnd atomicOr \
    atomicXor interpolateAtCentroid";

fn names(list: &str, name: &str) -> bool {
    list.split_whitespace().any(|own| own == name)
}

/// What gives a shader's own functions other names.
#[derive(Default)]
pub(super) struct Renamed {
    /// What stands before the shader.
    pub before: String,
    /// What stands before lines of it, from 0. A function that is skipped has its name as the language has it.
    pub lines: Vec<(usize, String)>,
}

/// Gives the functions of a shader other names where the language has them.
pub(super) fn renamed(found: &Scan) -> Renamed {
    let mut renamed = Renamed::default();
    if found.functions.contains_key("texture") {
        // That of older GLSL is still the language's.
        renamed.before += "vec4 gm_texture(sampler2D s,vec2 p){return texture(s,p);}\
                           vec4 gm_texture(sampler2D s,vec2 p,float bias){return texture(s,p,bias);}\n";
    }
    for (name, own) in &found.functions {
        let here = |function: &Function| (function.line, format!("#define {name} gm_own_{name}"));
        if name == "texture2D" {
            // It stands for the newer name already.
            let undefined = |function: &Function| (function.line, "#undef texture2D".to_string());
            renamed.lines.extend(own.iter().map(undefined));
        }
        if name == "texture2D" || names(NEWER, name) {
            renamed.lines.extend(own.iter().map(here));
            continue;
        }
        let types = |parameters: &[String]| -> &[&str] {
            let is_of = |types: &[&str]| parameters.iter().all(|kind| types.contains(&&**kind));
            let count = parameters.len();
            if MATRICES.contains(&&**name) && count == 1 {
                return &["mat2", "mat3", "mat4"];
            }
            let is_known = count.checked_sub(1).and_then(|n| OF.get(n));
            match is_known.is_some_and(|list| names(list, name)) && is_of(&VECTORS) {
                true if name == "cross" => &["vec3"],
                true => &VECTORS,
                false => &[],
            }
        };
        let Some(Function { parameters: first, .. }) =
            own.iter().find(|own| !types(&own.parameters).is_empty())
        else {
            continue;
        };
        for kind in types(first) {
            if own.iter().any(|own| own.parameters.iter().all(|own| own == kind)) {
                continue;
            }
            let result = if SINGLE.contains(&&**name) { "float" } else { kind };
            let given = ["a", "b", "c"].iter().take(first.len());
            let list: Vec<String> = given.clone().map(|name| format!("{kind} {name}")).collect();
            let given: Vec<&str> = given.copied().collect();
            let (list, given) = (list.join(","), given.join(","));
            renamed.before +=
                &format!("{result} gm_own_{name}({list}){{return {name}({given});}}\n");
        }
        renamed.lines.extend(own.iter().map(here));
    }
    renamed
}
