//! A shader that was read, with all that its passes are given.

use super::channel::{Channel, Filter, Key, What};
use super::given;
use super::gpu::{self, Finish, Layout, Look, Pixels, Plan, PlannedPass, Sheet};
use super::source::{LETTERS, Language, Library, Pass, Project, find, number, side};
use super::{Settings, Shader, is_channel, is_name};
use crate::error::{Invalid, did_you_mean};
use crate::generate::{Picture, Seen, Stage, image, noise};
use crate::values::Clip;

/// A pass, as far as it is given numbers.
pub(super) struct ScenePass {
    pub buffer: Option<usize>,
    pub layout: Layout,
    /// Where nothing else is said.
    pub defaults: std::collections::BTreeMap<String, Vec<f64>>,
    /// Pixels of what each of the channels 0 to 3 shows.
    pub sizes: [(u32, u32); 4],
    /// Pixels that it draws.
    pub size: (u32, u32),
    /// Which pass of its text it is.
    pub index: usize,
    /// True for WGSL.
    pub is_wgsl: bool,
}

/// Pictures that change from frame to frame, by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Changing {
    /// Sound, and the rows that are shown of it.
    Sound(usize, Seen, Rows),
    /// A layer or a film; true if its first row is at the top.
    Picture(usize, Seen, bool),
}

/// Which rows of sound are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// Frequencies and samples.
    Both,
    /// Frequencies.
    Spectrum,
    /// Samples.
    Waveform,
}

/// Everything that is needed to draw.
pub(super) struct Scene {
    pub plan: Plan,
    pub passes: Vec<ScenePass>,
    pub changing: Vec<Changing>,
}

/// Pixels of sound, across and down.
pub(super) const SOUND: (u32, u32) = (512, 2);

/// Reads and compiles a shader anew.
pub(super) fn build(shader: &Shader, stage: &Stage) -> Result<Scene, String> {
    let mut library = Library::new(&shader.places);
    let project = Project::read(shader, &mut library)?;
    let shown = (&library, &stage.pictures[..]);
    Scene::new(shader, &project, shown, stage.clip).map_err(|e| e.reason)
}

/// What is said of a mouse of other numbers.
const MOUSE: &str = "2 numbers are expected, where it is, or 4";

/// Sees that a shader can be drawn, and that what is said of it fits.
///
/// # Errors
/// What does not.
pub(super) fn check(
    shader: &Shader,
    project: &Project,
    library: &Library,
    clip: Clip,
) -> Result<(), Invalid> {
    let scene = Scene::new(shader, project, (library, &[]), clip)?;
    let settings = Settings::of(&shader.set, clip);
    for name in settings.names() {
        let found: Vec<_> =
            scene.passes.iter().filter_map(|pass| pass.layout.uniform(name)).collect();
        let wrong = |reason: String| {
            let value = format!("{name}={}", shader.set.get(name).unwrap_or_default());
            Err(Invalid::new("shader.set", value, reason))
        };
        if !is_name(name) || found.is_empty() && !matches!(name, "iMouse" | "u_mouse") {
            let known = scene.passes.iter().flat_map(|pass| {
                let is_own = |name: &&str| {
                    pass.defaults.contains_key(*name) || !given::is_given(name, pass.is_wgsl)
                };
                pass.layout.names().filter(is_own)
            });
            let mut known: Vec<&str> = known.collect();
            known.sort_unstable();
            known.dedup();
            let near = did_you_mean(name, known.iter().copied().chain(["iMouse"]));
            let known = if known.is_empty() { "none".into() } else { known.join(", ") };
            if scene.passes.iter().any(|pass| given::is_given(name, pass.is_wgsl)) {
                return wrong(format!(
                    "this is given by the film, and is not set (declared: {known})"
                ));
            }
            return wrong(format!("the shader has no such uniform{near} (declared: {known})"));
        }
        let count = settings.at(name, 0, &shader.moves).map_or(0, |numbers| numbers.len());
        if found.is_empty() && !matches!(count, 2 | 4) {
            return wrong(MOUSE.into());
        }
        for uniform in found {
            let is_color = count == 3 && uniform.count == 4;
            let is_mouse = name == "iMouse" && matches!(count, 2 | 4);
            if count != uniform.count && !is_color && !is_mouse {
                if name == "iMouse" {
                    return wrong(MOUSE.into());
                }
                let own = crate::words::count(uniform.count as u64, "number");
                return wrong(format!("the uniform has {own}, and here are {count}"));
            }
        }
    }
    Ok(())
}

impl Scene {
    fn new(
        shader: &Shader,
        project: &Project,
        (library, pictures): (&Library, &[Picture]),
        clip: Clip,
    ) -> Result<Self, Invalid> {
        let invalid = |reason: String| Invalid::new("shader.file", shader.named(), reason);
        let size = (clip.size.width, clip.size.height);
        let mut sheets = Sheets {
            shader,
            library,
            pictures,
            clip,
            all: Vec::new(),
            known: Vec::new(),
            changing: Vec::new(),
        };
        // What nothing is shown in is black.
        let black = Sheet {
            size: (1, 1),
            depth: 4,
            is_whole: false,
            has_mips: false,
            pixels: vec![0, 0, 0, 255],
        };
        sheets.all.push(black);
        let drawn: Vec<usize> = project.passes.iter().filter_map(|pass| pass.buffer).collect();
        let (mut passes, mut planned) = (Vec::new(), Vec::new());
        let mut used: Vec<&Key> = Vec::new();
        for pass in &project.passes {
            let compiled = gpu::compile(&pass.code, pass.language).map_err(invalid)?;
            let pass_size = match &pass.size {
                Some([width, height]) => {
                    let side = |text| side(text, size).map_err(invalid);
                    (side(width)?, side(height)?)
                }
                None => size,
            };
            let unseen = compiled.layout.names().find(|name| {
                let is_declared =
                    pass.declared.as_ref().is_none_or(|declared| declared.contains(*name));
                !is_declared && !given::is_known(name) && !shader.set.0.contains_key(*name)
            });
            if let Some(name) = unseen {
                return Err(invalid(format!(
                    "{}: the uniform {name} is declared by a macro, and what it is at first is not seen; set it by --set",
                    pass.code.name()
                )));
            }
            let mut looks = Vec::new();
            let mut sizes = [(0, 0); 4];
            // Its size may be asked for though nobody looks at it.
            let asks = |name: &str| name == "iChannelResolution" || name.starts_with("u_tex");
            if compiled.layout.names().any(asks) {
                for (n, size) in sizes.iter_mut().enumerate() {
                    let key = Key { buffer: pass.buffer, name: n.to_string() };
                    if let Some((key, channel)) = project.channels.get_key_value(&key) {
                        *size = sheets.look(Some((key, channel)), pass, false, &drawn)?.1;
                    }
                }
            }
            for texture in &compiled.layout.textures {
                let found = find(project, pass, &texture.name);
                used.extend(found.map(|(key, _)| key));
                let (look, pixels) = sheets.look(found, pass, texture.is_whole, &drawn)?;
                if let Some(number) = number(&texture.name) {
                    sizes[number] = pixels;
                }
                looks.push(look);
            }
            passes.push(ScenePass {
                buffer: pass.buffer,
                layout: compiled.layout.clone(),
                defaults: pass.defaults.clone(),
                sizes,
                size: pass_size,
                index: pass.index,
                is_wgsl: pass.language == Language::Wgsl,
            });
            planned.push(PlannedPass { compiled, buffer: pass.buffer, size: pass_size, looks });
        }
        if let Some((key, _)) =
            project.channels.iter().find(|(key, _)| !used.contains(key) && !is_channel(&key.name))
        {
            let reason = "no pass has a sampler of this name";
            return Err(Invalid::new("shader.channel", key, reason));
        }
        let finish = Finish {
            keeps_alpha: shader.alpha,
            points: shader.antialias,
            is_linear: shader.linear,
            is_dithered: shader.dither,
        };
        let Sheets { all, changing, .. } = sheets;
        Ok(Self { plan: Plan { size, passes: planned, sheets: all, finish }, passes, changing })
    }
}

/// The pictures that passes are given, each once.
struct Sheets<'a> {
    shader: &'a Shader,
    library: &'a Library<'a>,
    /// Layers and films; none as long as nothing is drawn.
    pictures: &'a [Picture],
    clip: Clip,
    all: Vec<Sheet>,
    known: Vec<(What, bool, bool, bool, usize)>,
    changing: Vec<Changing>,
}

impl Sheets<'_> {
    /// How a pass looks at a channel, and how many pixels that has.
    fn look(
        &mut self,
        channel: Option<(&Key, &Channel)>,
        pass: &Pass,
        is_whole: bool,
        drawn: &[usize],
    ) -> Result<(Look, (u32, u32)), Invalid> {
        let nothing = Channel::from(What::Nothing);
        let (key, channel) =
            channel.map_or((None, &nothing), |(key, channel)| (Some(key), channel));
        let invalid = |reason: String| {
            let key = key.map_or_else(String::new, |key| format!("{key}={channel}"));
            Invalid::new("shader.channel", key, reason)
        };
        let is_linear = channel.filter != Filter::Nearest;
        let has_mips = channel.filter == Filter::Mipmap;
        let look = |pixels| Look { pixels, is_linear, has_mips, wrap: channel.wrap };
        let size = (self.clip.size.width, self.clip.size.height);
        let buffer = match channel.what {
            What::Buffer(number) => Some(number),
            What::Itself => {
                let reason = "this is a channel of the picture, and only buffers see themselves";
                Some(pass.buffer.ok_or_else(|| invalid(reason.into()))?)
            }
            _ => None,
        };
        if let Some(number) = buffer {
            if !drawn.contains(&number) {
                let letter = LETTERS[number % 4];
                return Err(invalid(format!("no pass draws it: --buffer {letter}=FILE")));
            }
            if is_whole {
                return Err(invalid("a buffer holds no whole numbers: sampler2D".into()));
            }
            return Ok((look(Pixels::Buffer(number)), size));
        }
        let wanted = (channel.what.clone(), is_whole, has_mips, channel.flip);
        let number = match self.known.iter().find(|(what, whole, mips, flip, _)| {
            (what, *whole, *mips, *flip) == (&wanted.0, wanted.1, wanted.2, wanted.3)
        }) {
            Some((.., number)) => *number,
            None => {
                let sheet = self.sheet(channel).map_err(invalid)?;
                let sheet = Sheet {
                    is_whole,
                    has_mips: has_mips && !is_whole && sheet.depth == 4,
                    ..sheet
                };
                let number = self.all.len();
                let seen = channel.what.seen(&self.shader.places);
                self.changing.extend(seen.map(|seen| match channel.what {
                    What::Spectrum(_) => Changing::Sound(number, seen, Rows::Spectrum),
                    What::Waveform(_) => Changing::Sound(number, seen, Rows::Waveform),
                    What::Sound(_) => Changing::Sound(number, seen, Rows::Both),
                    _ => Changing::Picture(number, seen, channel.flip),
                }));
                self.all.push(sheet);
                self.known.push((wanted.0, wanted.1, wanted.2, wanted.3, number));
                number
            }
        };
        let pixels = self.all[number].size;
        Ok((
            look(Pixels::Sheet(number)),
            if channel.what == What::Nothing { (0, 0) } else { pixels },
        ))
    }

    fn sheet(&self, channel: &Channel) -> Result<Sheet, String> {
        let sheet =
            |size, depth, pixels| Sheet { size, depth, is_whole: false, has_mips: false, pixels };
        Ok(match &channel.what {
            What::Nothing | What::Buffer(_) | What::Itself => sheet((1, 1), 4, vec![0, 0, 0, 255]),
            What::Noise(grain, side) => {
                let mut pixels = noise::texture(*grain, *side, self.clip.seed);
                if channel.flip {
                    turn_over(&mut pixels, *side as usize * 4);
                }
                sheet((*side, *side), 4, pixels)
            }
            What::Sound(_) => sheet(SOUND, 1, vec![0; (SOUND.0 * SOUND.1) as usize]),
            What::Spectrum(_) | What::Waveform(_) => {
                sheet((SOUND.0, 1), 1, vec![0; SOUND.0 as usize])
            }
            What::Layer(_) | What::Film(_) => {
                let seen = channel.what.seen(&self.shader.places);
                let picture =
                    self.pictures.iter().find(|picture| Some(&picture.seen) == seen.as_ref());
                let size = picture.map_or(self.clip.size, |picture| picture.size);
                sheet((size.width, size.height), 4, vec![0; size.pixels() * 4])
            }
            What::Picture(name) => {
                let path = self.library.place(name);
                let (size, mut pixels) = image::texture(path)?;
                if channel.flip {
                    turn_over(&mut pixels, size.width as usize * 4);
                }
                sheet((size.width, size.height), 4, pixels)
            }
        })
    }
}

/// Has the last row be the first.
pub(super) fn turn_over(pixels: &mut [u8], row: usize) {
    let rows = pixels.len() / row.max(1);
    for upper in 0..rows / 2 {
        let (above, below) = pixels.split_at_mut((rows - 1 - upper) * row);
        above[upper * row..][..row].swap_with_slice(&mut below[..row]);
    }
}
