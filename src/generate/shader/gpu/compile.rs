//! From a shader's text to what adapters take.
//!
//! GLSL goes through glslang, the reference compiler, to SPIR-V; there samplers are parted from their textures, which
//! wgpu wants apart; and naga reads, checks and writes it for the driver, with bounds checks wherever something is indexed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use glslang::error::GlslangError;
use glslang::{
    Compiler, CompilerOptions, ShaderInput, ShaderMessage, ShaderOptions, ShaderSource,
    ShaderStage, SourceLanguage, SpirvVersion, Target, VulkanVersion,
};
use wgpu::naga;

use super::super::source::{Code, Fault, Language};
use super::layout::{Layout, Place};
use super::loops;
use super::switch;

/// A shader that adapters take.
pub struct Compiled {
    /// What it does.
    pub(super) module: naga::Module,
    /// Its function.
    pub(super) entry: String,
    /// What it is given.
    pub layout: Layout,
}

impl Compiled {
    /// Has it note that the driver ended its loops: where; `None` if it has none.
    pub(super) fn watch_loops(&mut self) -> Option<Place> {
        let place = (self.layout.groups(), 0);
        let mut module = self.module.clone();
        if !loops::watch(&mut module, place) {
            return None;
        }
        self.module = module;
        Some(place)
    }
}

/// Bytes of stack for what is nested deeply. They are taken when they are used.
const STACK: usize = 512 << 20;

/// Compiles `code`.
///
/// # Errors
/// What is wrong with it, each with file, line and column.
pub fn compile(code: &Code, language: Language) -> Result<Compiled, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("render-compile".into()).stack_size(STACK);
        match thread.spawn_scoped(scope, || compile_here(code, language)) {
            Ok(thread) => {
                let failed = || Err(format!("{}: cannot be compiled", code.name()));
                thread.join().unwrap_or_else(|_| failed())
            }
            // Where addresses are few, that of this thread has to do.
            Err(_) => compile_here(code, language),
        }
    })
}

fn compile_here(code: &Code, language: Language) -> Result<Compiled, String> {
    let module = match language {
        Language::Glsl => glsl(code)?,
        Language::Wgsl => wgsl(code)?,
    };
    check(&module, code, language)?;
    let mut entries =
        module.entry_points.iter().filter(|entry| entry.stage == naga::ShaderStage::Fragment);
    let entry = entries
        .next()
        .ok_or_else(|| format!("{}: there is no function for pixels: @fragment", code.name()))?;
    if let Some(other) = entries.next() {
        return Err(format!(
            "{}: {} and {} are both @fragment, and one draws",
            code.name(),
            entry.name,
            other.name
        ));
    }
    if draws_depth(&module, entry) {
        return Err(format!("{}: gl_FragDepth: a pass draws colours alone", code.name()));
    }
    check_ends(&module, entry).map_err(|reason| format!("{}: {reason}", code.name()))?;
    let entry = entry.name.clone();
    let layout = Layout::of(&module).map_err(|e| format!("{}: {e}", code.name()))?;
    Ok(Compiled { module, entry, layout })
}

/// Looks at what a function gets and gives.
fn check_ends(module: &naga::Module, entry: &naga::EntryPoint) -> Result<(), String> {
    let of = |binding: &Option<naga::Binding>, ty: naga::Handle<naga::Type>| match binding {
        Some(naga::Binding::Location { location, .. }) => {
            Some((*location, &module.types[ty].inner))
        }
        _ => None,
    };
    let all = |binding: &Option<naga::Binding>, ty: naga::Handle<naga::Type>| match (
        &module.types[ty].inner,
        binding,
    ) {
        (naga::TypeInner::Struct { members, .. }, None) => {
            members.iter().filter_map(|member| of(&member.binding, member.ty)).collect()
        }
        _ => of(binding, ty).into_iter().collect::<Vec<_>>(),
    };
    let vector = |size| naga::TypeInner::Vector { size, scalar: naga::Scalar::F32 };
    let given = entry.function.result.iter().flat_map(|result| all(&result.binding, result.ty));
    match given.collect::<Vec<_>>()[..] {
        [(0, inner)] if *inner == vector(naga::VectorSize::Quad) => {}
        _ => return Err("the result of a pass is one vec4, at location 0".into()),
    }
    let got =
        entry.function.arguments.iter().flat_map(|argument| all(&argument.binding, argument.ty));
    match got.collect::<Vec<_>>()[..] {
        [] => Ok(()),
        [(0, inner)] if *inner == vector(naga::VectorSize::Bi) => Ok(()),
        _ => Err("what comes in is the place in the picture, one vec2; there is no other shader before this one".into()),
    }
}

/// True if a function says how far away pixels are.
fn draws_depth(module: &naga::Module, entry: &naga::EntryPoint) -> bool {
    let is_depth = |binding: &Option<naga::Binding>| {
        matches!(binding, Some(naga::Binding::BuiltIn(naga::BuiltIn::FragDepth)))
    };
    let Some(result) = &entry.function.result else { return false };
    match &module.types[result.ty].inner {
        naga::TypeInner::Struct { members, .. } => members.iter().any(|m| is_depth(&m.binding)),
        _ => is_depth(&result.binding),
    }
}

fn glsl(code: &Code) -> Result<naga::Module, String> {
    let words = spirv(code)?;
    // Neither promises that it takes all there is.
    let translated = catch_unwind(AssertUnwindSafe(|| -> Result<naga::Module, String> {
        let words = switch::sound(&words)?;
        let words = spirv_webgpu_transform::combimgsampsplitter(&words, &mut Default::default());
        let words = words.map_err(|()| "samplers cannot be parted from textures".to_string())?;
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let options = naga::front::spv::Options {
            adjust_coordinate_space: false,
            strict_capabilities: false,
            block_ctx_dump_prefix: None,
        };
        let mut module =
            naga::front::spv::parse_u8_slice(&bytes, &options).map_err(|e| e.to_string())?;
        switch::straighten(&mut module);
        Ok(module)
    }));
    let translated = translated.unwrap_or_else(|_| Err("it is of a form that is not known".into()));
    translated
        .map_err(|reason| format!("{}: cannot be translated for the device: {reason}", code.name()))
}

/// GLSL as SPIR-V.
fn spirv(code: &Code) -> Result<Vec<u32>, String> {
    let compiler = Compiler::acquire().ok_or("the compiler of GLSL does not start")?;
    let source = ShaderSource::from(code.text());
    let options = CompilerOptions {
        source_language: SourceLanguage::GLSL,
        target: Target::Vulkan {
            version: VulkanVersion::Vulkan1_0,
            spirv_version: SpirvVersion::SPIRV1_0,
        },
        version_profile: None,
        messages: ShaderMessage::DEFAULT | ShaderMessage::DISPLAY_ERROR_COLUMN,
    };
    let defines: Option<&[(&str, Option<&str>)]> = None;
    let input = ShaderInput::new(&source, ShaderStage::Fragment, &options, defines, None)
        .map_err(|e| e.to_string())?;
    let mut builder = glslang::Shader::new(compiler, input);
    // Uniforms stand outside of blocks, as OpenGL has them.
    builder.options(ShaderOptions(ShaderOptions::VULKAN_RULES_RELAXED.0));
    builder.default_uniform_block_set_and_binding(0, 0);
    let said = |e: GlslangError| match e {
        GlslangError::PreprocessError(log)
        | GlslangError::ParseError(log)
        | GlslangError::LinkError(log)
        | GlslangError::MapIoError(log) => faults(&log.log, code),
        e => format!("{}: {e}", code.name()),
    };
    builder.parse().and_then(|shader| shader.compile()).map_err(said)
}

/// The errors in a log of glslang, in the shader's own lines.
fn faults(log: &str, code: &Code) -> String {
    /// What comes behind is a matter of what comes before, as a rule.
    const MOST: usize = 3;
    let errors: Vec<&str> = log.lines().filter_map(|line| line.strip_prefix("ERROR: ")).collect();
    let errors: Vec<&str> =
        errors.into_iter().filter(|error| !error.contains("compilation terminated")).collect();
    let read = |error: &&str| {
        let mut parts = error.splitn(4, ':');
        let (_, line, column) = (parts.next()?, parts.next()?, parts.next()?);
        let (line, column) = (line.parse().ok()?, column.trim().parse().ok()?);
        // What is said of types has more words than anybody wrote.
        let words = parts.next()?.split_whitespace();
        let words: Vec<&str> =
            words.filter(|word| !["temp", "highp", "global"].contains(word)).collect();
        let message = words.join(" ");
        let column = token(code, line, column, &message).unwrap_or(column);
        // An end of the text is said to be in a line that is not there.
        // What a shader says itself is told as it says it.
        let message = message.replace("' : ", "': ");
        let message = message.strip_prefix("'#error': ").unwrap_or(&message).to_string();
        Some(code.fault(Fault { line, column, message }))
    };
    let told: Vec<String> = errors.iter().filter_map(read).take(MOST).collect();
    match told.is_empty() {
        false => told.join("\n"),
        true => {
            let first = errors.first().copied().unwrap_or("it does not compile");
            format!("{}: {}", code.name(), first.trim())
        }
    }
}

/// Where the word stands that a message begins with: glslang's columns are those behind it, or farther.
fn token(code: &Code, line: usize, column: usize, message: &str) -> Option<usize> {
    let word = message.strip_prefix('\'')?.split('\'').next().filter(|word| !word.is_empty())?;
    let text = code.line(line)?;
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_word = is_part(word.chars().next());
    let places = text.match_indices(word).filter(|(at, _)| {
        let (before, behind) =
            (text[..*at].chars().next_back(), text[at + word.len()..].chars().next());
        !is_word || !is_part(before) && !is_part(behind)
    });
    places.map(|(at, _)| at + 1).min_by_key(|at| (at + word.len()).abs_diff(column))
}

fn wgsl(code: &Code) -> Result<naga::Module, String> {
    let text = code.text();
    naga::front::wgsl::parse_str(&text).map_err(|e| {
        let place = e.location(&text);
        let (line, column) =
            place.map_or((1, 1), |at| (at.line_number as usize, at.line_position as usize));
        code.fault(Fault { line, column, message: e.message().to_string() })
    })
}

/// Looks whether a module is sound, and asks for nothing that is not everywhere.
fn check(module: &naga::Module, code: &Code, language: Language) -> Result<(), String> {
    let flags = naga::valid::ValidationFlags::all();
    let mut validator =
        naga::valid::Validator::new(flags, naga::valid::Capabilities::SHADER_FLOAT16_IN_FLOAT32);
    let checked = catch_unwind(AssertUnwindSafe(|| validator.validate(module).map_err(Box::new)));
    match checked {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(e)) => {
            let mut reasons = vec![e.as_inner().to_string()];
            let mut source = std::error::Error::source(e.as_inner());
            while let Some(reason) = source {
                reasons.push(reason.to_string());
                source = reason.source();
            }
            // Of what was translated, places are those of the translation.
            let at = match language {
                Language::Wgsl => e.location(&code.text()),
                Language::Glsl => None,
            };
            let at = at.map(|at| (at.line_number as usize, at.line_position as usize));
            let message = reasons.join(": ");
            Err(match at {
                Some((line, column)) => code.fault(Fault { line, column, message }),
                None => format!("{}: cannot be translated for the device: {message}", code.name()),
            })
        }
        Err(_) => Err(format!("{}: cannot be checked", code.name())),
    }
}
