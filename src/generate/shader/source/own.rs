//! Functions of a shader's own that have the names of the language's.
//!
//! In newer GLSL the language has functions that a shader for older GLSL wrote itself, and glslang takes no second of the same
//! parameters. They get other names; for other parameters, these names stand for the language's.

use super::scan::Scan;

/// Functions of one, two and three parameters of the same type.
const OF: [&[&str]; 3] = [
    &[
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "sinh",
        "cosh",
        "tanh",
        "asinh",
        "acosh",
        "atanh",
        "radians",
        "degrees",
        "exp",
        "log",
        "exp2",
        "log2",
        "sqrt",
        "inversesqrt",
        "abs",
        "sign",
        "floor",
        "trunc",
        "round",
        "roundEven",
        "ceil",
        "fract",
        "normalize",
        "length",
        "dFdx",
        "dFdy",
        "fwidth",
    ],
    &["pow", "mod", "min", "max", "step", "atan", "distance", "dot", "cross", "reflect"],
    &["clamp", "mix", "smoothstep", "fma", "faceforward"],
];
/// Those that give a single number.
const SINGLE: [&str; 4] = ["length", "distance", "dot", "determinant"];
/// Functions of one matrix.
const MATRICES: [&str; 3] = ["transpose", "inverse", "determinant"];
const VECTORS: [&str; 4] = ["float", "vec2", "vec3", "vec4"];

/// Functions that some GLSL of the web has not, beside those that follow.
const NEWER: [&str; 55] = [
    "min3",
    "max3",
    "mid3",
    "isnan",
    "isinf",
    "outerProduct",
    "floatBitsToInt",
    "floatBitsToUint",
    "intBitsToFloat",
    "uintBitsToFloat",
    "textureSize",
    "textureLod",
    "texelFetch",
    "textureGrad",
    "textureOffset",
    "texture",
    "packHalf2x16",
    "unpackHalf2x16",
    "bitCount",
    "bitfieldExtract",
    "bitfieldInsert",
    "bitfieldReverse",
    "findLSB",
    "findMSB",
    "fma",
    "frexp",
    "ldexp",
    "packUnorm4x8",
    "packSnorm4x8",
    "unpackUnorm4x8",
    "unpackSnorm4x8",
    "packDouble2x32",
    "unpackDouble2x32",
    "dFdxFine",
    "dFdyFine",
    "dFdxCoarse",
    "dFdyCoarse",
    "fwidthFine",
    "fwidthCoarse",
    "uaddCarry",
    "usubBorrow",
    "umulExtended",
    "imulExtended",
    "textureGather",
    "textureGatherOffset",
    "textureGatherOffsets",
    "textureQueryLod",
    "textureQueryLevels",
    "atomicAdd",
    "atomicMin",
    "atomicMax",
    "atomicAnd",
    "atomicOr",
    "atomicXor",
    "interpolateAtCentroid",
];

/// What stands before a shader so that its own functions have other names.
pub(super) fn renamed(found: &Scan) -> String {
    let mut renamed = String::new();
    if found.functions.contains_key("texture") {
        // That of older GLSL is still the language's.
        renamed += "vec4 gm_texture(sampler2D s,vec2 p){return texture(s,p);}\
                    vec4 gm_texture(sampler2D s,vec2 p,float bias){return texture(s,p,bias);}\n";
    }
    for (name, own) in &found.functions {
        if NEWER.contains(&&**name) {
            renamed += &format!("#define {name} gm_own_{name}\n");
            continue;
        }
        let types = |parameters: &[String]| -> &[&str] {
            let is_of = |types: &[&str]| parameters.iter().all(|kind| types.contains(&&**kind));
            let count = parameters.len();
            if MATRICES.contains(&&**name) && count == 1 {
                return &["mat2", "mat3", "mat4"];
            }
            let is_known = count.checked_sub(1).and_then(|n| OF.get(n));
            match is_known.is_some_and(|names| names.contains(&&**name)) && is_of(&VECTORS) {
                true if name == "cross" => &["vec3"],
                true => &VECTORS,
                false => &[],
            }
        };
        let Some(first) = own.iter().find(|parameters| !types(parameters).is_empty()) else {
            continue;
        };
        for kind in types(first) {
            let parameters = vec![kind.to_string(); first.len()];
            if own.contains(&parameters) {
                continue;
            }
            let result = if SINGLE.contains(&&**name) { "float" } else { kind };
            let given = ["a", "b", "c"].iter().take(first.len());
            let list: Vec<String> = given.clone().map(|name| format!("{kind} {name}")).collect();
            let given: Vec<&str> = given.copied().collect();
            let (list, given) = (list.join(","), given.join(","));
            renamed += &format!("{result} gm_own_{name}({list}){{return {name}({given});}}");
        }
        renamed += &format!("\n#define {name} gm_own_{name}\n");
    }
    renamed
}
