//! Functions of a shader's own that have the names of the language's.
//!
//! In newer GLSL the language has functions that a shader for older GLSL wrote itself, and glslang takes no second of the same
//! parameters. They get other names; for other parameters, these names stand for the language's.

use super::scan::{Function, Scan};

/// Functions, and what they give and take: `F` is a number or a vector of as many as all others that are large, `f` a number;
/// `I`, `i`, `U`, `u` and `B`, `b` are the same of other kinds, `M` a square matrix, 2, 3 and 4 vectors, `s` a sampler.
const TABLE: [(&str, &str); 24] = [
    (
        "sin cos tan asin acos sinh cosh tanh asinh acosh atanh radians degrees exp log exp2 log2 sqrt inversesqrt floor trunc \
         round roundEven ceil fract normalize dFdx dFdy fwidth dFdxFine dFdyFine fwidthFine dFdxCoarse dFdyCoarse fwidthCoarse",
        "FF",
    ),
    ("abs sign", "FF II"),
    ("atan", "FF FFF"),
    ("length", "fF"),
    ("pow reflect", "FFF"),
    ("distance dot", "fFF"),
    ("cross", "333"),
    ("mod", "FFF FFf"),
    ("min max", "FFF FFf III IIi UUU UUu"),
    ("step", "FFF FfF"),
    ("clamp", "FFFF FFff IIII IIii UUUU UUuu"),
    ("mix", "FFFF FFFf FFFB"),
    ("smoothstep", "FFFF FffF"),
    ("fma faceforward", "FFFF"),
    ("refract", "FFFf"),
    ("isnan isinf", "BF"),
    ("floatBitsToInt", "IF"),
    ("floatBitsToUint", "UF"),
    ("intBitsToFloat", "FI"),
    ("uintBitsToFloat", "FU"),
    ("transpose inverse", "MM"),
    ("determinant", "fM"),
    ("texture", "4s2 4s2f"),
    ("textureLod", "4s2f"),
];
/// Those that are not translated for single numbers.
const OF_VECTORS: &str = "normalize reflect refract faceforward";
/// Others, by their name alone: what is called by it is the shader's own in any form.
const OTHERS: &str = "\
    min3 max3 mid3 bitCount findLSB findMSB bitfieldReverse bitfieldExtract bitfieldInsert ldexp frexp modf \
    outerProduct textureSize texelFetch textureGrad textureOffset textureGather packHalf2x16 unpackHalf2x16 \
    packUnorm4x8 packSnorm4x8 unpackUnorm4x8 unpackSnorm4x8 uaddCarry usubBorrow umulExtended imulExtended \
    atomicAdd atomicMin atomicMax atomicAnd atomicOr atomicXor";

fn has(list: &str, name: &str) -> bool {
    list.split_whitespace().any(|own| own == name)
}

/// What the language's functions of a name give and take.
fn language(name: &str) -> Vec<Vec<String>> {
    let forms = TABLE.iter().find(|(names, _)| has(names, name)).map_or("", |(_, forms)| *forms);
    let mut all = Vec::new();
    for form in forms.split_whitespace() {
        let sizes = match form.contains(['F', 'I', 'U']) {
            true => 1..=4,
            false if form.contains('M') => 2..=4,
            false => 1..=1,
        };
        for n in sizes {
            let of = |single: &str, several: &str| match n {
                1 => single.to_string(),
                n => format!("{several}{n}"),
            };
            let kind = |letter: char| match letter {
                'F' => of("float", "vec"),
                'I' => of("int", "ivec"),
                'U' => of("uint", "uvec"),
                'B' => of("bool", "bvec"),
                'M' => format!("mat{n}"),
                'f' => "float".into(),
                'i' => "int".into(),
                'u' => "uint".into(),
                's' => "sampler2D".into(),
                size => format!("vec{size}"),
            };
            let types: Vec<String> = form.chars().map(kind).collect();
            if !all.contains(&types) {
                all.push(types);
            }
        }
    }
    all
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
        let lines =
            |text: &str| own.iter().map(|own| (own.line, text.to_string())).collect::<Vec<_>>();
        let here = format!("#define {name} gm_own_{name}");
        // It stands for the newer name already.
        let language = language(if name == "texture2D" { "texture" } else { name });
        let is_taken =
            |own: &Function| language.iter().any(|types| types[1..] == own.parameters[..]);
        if !own.iter().any(is_taken) {
            if has(OTHERS, name) {
                renamed.lines.extend(lines(&here));
            }
            continue;
        }
        for types in &language {
            let (result, parameters) = (&types[0], &types[1..]);
            let is_scalar = parameters.iter().all(|kind| kind == "float");
            if own.iter().any(|own| own.parameters == parameters)
                || is_scalar && has(OF_VECTORS, name)
            {
                continue;
            }
            let given = ["a", "b", "c"].iter().zip(parameters);
            let list: Vec<String> =
                given.clone().map(|(name, kind)| format!("{kind} {name}")).collect();
            let given: Vec<&str> = given.map(|(name, _)| *name).collect();
            let (list, given) = (list.join(","), given.join(","));
            let newer = if name == "texture2D" { "texture" } else { name };
            renamed.before +=
                &format!("{result} gm_own_{name}({list}){{return {newer}({given});}}\n");
        }
        if name == "texture2D" {
            renamed.lines.extend(lines("#undef texture2D"));
        }
        renamed.lines.extend(lines(&here));
    }
    renamed
}
