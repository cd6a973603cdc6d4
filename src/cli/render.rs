//! `genmedia render GENERATOR`.

use clap::{ArgAction, Subcommand};
use genmedia::generate::noise::Kind;
use genmedia::generate::polygon::{Blend, ColorMode, Motion, Shape, Symmetry};
use genmedia::generate::wave::{Look, View};
use genmedia::generate::{Colormap, Exec, Noise, Palette, Polygon, Wave};
use genmedia::recipe::{Color, Draft, Span};

use super::options::Common;
use super::signals::Signals;
use super::work::{Anew, Task, Turn, Work, dry_run};
use super::{Failure, note, whole};

/// Render a video, or continue one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia render noise --frames 1000
  genmedia render polygon --count 40 --fill --color '#ff8800' --opacity 0.2
  genmedia render wave --expr 'cos(hypot(x, y) - a)' --spin 1 --colormap magma

The same command typed again continues what was cut short, or returns what is done.")]
pub struct Args {
    #[command(subcommand)]
    generator: Generator,
}

/// What all generators take.
#[derive(Debug, clap::Args)]
struct Shared {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    anew: Anew,
    #[command(flatten)]
    work: Work,
}

#[derive(Debug, Subcommand)]
enum Generator {
    /// Noise: white and its kin, or coherent noise that moves
    #[command(after_help = "Examples:
  genmedia render noise --frames 1000
  genmedia render noise --kind fbm --scale 200 --colormap magma --loop
  genmedia render noise --kind worley --palette 'navy,teal,white' --speed 1
  genmedia render noise --size 1920x1080 --seed random -o noise.mp4
  genmedia render noise --codec ffv1 -o noise.mkv          without loss")]
    Noise(Box<NoiseArgs>),
    /// Random polygons, stars, circles, curves or meshes, still or in motion
    #[command(after_help = "Examples:
  genmedia render polygon --frames 90
  genmedia render polygon --count 12 --points 3 --fill --color gold --opacity 0.3
  genmedia render polygon --width 5 --background navy --no-antialias
  genmedia render polygon --motion trail --points 3 --count 60 --symmetry 6 --palette 'gold,tomato'
  genmedia render polygon --shape voronoi --motion drift --count 80 --fill --color-mode random")]
    Polygon(Box<PolygonArgs>),
    /// A formula as a surface, as colour or contours, as a curve, or in the complex plane
    #[command(after_help = "Examples:
  genmedia render wave --frames 90
  genmedia render wave --expr 'sin(x*y + a)' --x -200..200 --y -200..200 --view density
  genmedia render wave --expr 'exp(-(x^2+y^2)/4) * cos(3*x - a)' --spin 0.5 --mesh 20
  genmedia render wave --view curve --expr 'sin(3*t + a); sin(4*t)' --trail 30
  genmedia render wave --look julia --iterations 200

Formulas: + - * / ^, parentheses, numbers, pi, e, phi, tau, and sin cos tan asin acos atan atan2
sinh cosh tanh exp ln log10 log2 sqrt cbrt abs sign floor ceil round fract mod min max hypot pow
step smoothstep clamp. Ranges take constant formulas: --x -pi..2*pi.")]
    Wave(Box<WaveArgs>),
    /// A program of your own, run for each frame
    #[command(after_help = "Examples:
  genmedia render exec --frames 60 -- php noise.php {frame}
  genmedia render exec --size 640x480 --raw -- ./draw --width {width} --height {height} --at {time}
  genmedia render exec -- magick -size {width}x{height} plasma: {out}
  genmedia render exec --raw --batch 30 -- python3 waves.py {frame} {count}

In arguments {frame} (from 0), {time} (seconds), {frames}, {width}, {height}, {seed}, {count} (frames
to draw in this run) and {out} (a file to write the picture to) are filled in; the same are in the
environment as GENMEDIA_FRAME and so on. The picture is PNG, JPEG, WebP, PPM, BMP or TIFF on stdout.
The file of a script is part of the recipe: when it changes, the job is a new one. One core draws a
segment (--segment-frames): by default a 32nd of the frames, a batch at least and a second at most.")]
    Exec(Box<ExecArgs>),
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Exec")]
struct ExecArgs {
    /// The program writes raw RGB, 3 bytes a pixel, and no image file
    #[arg(long)]
    raw: bool,
    /// Frames that one run draws, one after the other on stdout, raw or as PPM [default: 1]
    #[arg(long, value_name = "N", value_parser = whole::<u32>, allow_negative_numbers = true)]
    batch: Option<u32>,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "PROGRAM [ARGUMENT]...")]
    command: Vec<String>,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Noise")]
struct NoiseArgs {
    /// white, gaussian, gray, salt-pepper, blue; value, perlin, simplex, worley; fbm, turbulence,
    /// ridged, warp [default: white]
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
    /// Pixels across a cell of coherent noise [default: 96]
    #[arg(long, value_name = "PIXELS", allow_negative_numbers = true)]
    scale: Option<f64>,
    /// Octaves of fractal noise, 1 to 12 [default: 5]
    #[arg(long, value_name = "N", value_parser = whole::<u32>, allow_negative_numbers = true)]
    octaves: Option<u32>,
    /// How faint an octave is beside the one before, 0 to 1 [default: 0.5]
    #[arg(long, value_name = "G", allow_negative_numbers = true)]
    gain: Option<f64>,
    /// How fine an octave is beside the one before, 1 to 8 [default: 2]
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    lacunarity: Option<f64>,
    /// Cells of coherent noise that pass in a second [default: 0.5]
    #[arg(long, value_name = "CELLS", allow_negative_numbers = true)]
    speed: Option<f64>,
    /// Close the circle: the frame after the last is the first
    #[arg(long = "loop")]
    looped: bool,
    /// From value to colour: viridis, magma, turbo ... [default: grey]
    #[arg(long, value_name = "NAME")]
    colormap: Option<Colormap>,
    /// From value to colour, by colours of your own
    #[arg(long, value_name = "COLOR,COLOR...")]
    palette: Option<Palette>,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Polygon")]
struct PolygonArgs {
    /// Polygons in a frame [default: 251]
    #[arg(long, value_name = "N", value_parser = whole::<u32>, allow_negative_numbers = true)]
    count: Option<u32>,
    /// Corners of each polygon [default: 4]
    #[arg(long, value_name = "N", value_parser = whole::<u32>, allow_negative_numbers = true)]
    points: Option<u32>,
    /// Colour of outline or filling, #rrggbb or a CSS name [default: white]
    #[arg(long, value_name = "COLOR")]
    color: Option<Color>,
    /// How much of the colour covers what lies below, 0 to 1 [default: 0.41]
    #[arg(long, value_name = "0..1", allow_hyphen_values = true)]
    opacity: Option<f64>,
    /// Colour of the empty frame [default: black]
    #[arg(long, value_name = "COLOR")]
    background: Option<Color>,
    /// Fill instead of outline
    #[arg(long)]
    fill: bool,
    /// Width of the outline in pixels [default: 1]
    #[arg(long, value_name = "PIXELS", allow_hyphen_values = true, conflicts_with = "fill")]
    width: Option<f64>,
    /// Hard edges
    #[arg(long)]
    no_antialias: bool,
    /// polygon, star, circle, bezier, delaunay or voronoi [default: polygon]
    #[arg(long, value_name = "SHAPE")]
    shape: Option<Shape>,
    /// none (every frame new), drift, spin, morph, bounce or trail [default: none]
    #[arg(long, value_name = "MOTION")]
    motion: Option<Motion>,
    /// Heights of the frame, turns or shapes a second [default: 0.2]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    speed: Option<f64>,
    /// How often everything is drawn around the middle [default: 1]
    #[arg(long, value_name = "N", value_parser = whole::<u32>, allow_negative_numbers = true)]
    symmetry: Option<u32>,
    /// solid, random, palette or gradient [default: solid]
    #[arg(long, value_name = "MODE")]
    color_mode: Option<ColorMode>,
    /// Colours of the palette or gradient
    #[arg(long, value_name = "COLOR,COLOR...")]
    palette: Option<Palette>,
    /// normal, add, screen or multiply [default: normal]
    #[arg(long, value_name = "MODE")]
    blend: Option<Blend>,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Wave")]
struct WaveArgs {
    /// The formula, in x, y and a [default: sin(x*y + a)]; a curve's are in t and a, separated by
    /// semicolons; a complex one in z, c, a and i
    #[arg(long, value_name = "FORMULA", allow_hyphen_values = true)]
    expr: Option<String>,
    /// x from the left edge to the right [default: -4..4]
    #[arg(long, value_name = "A..B", allow_hyphen_values = true)]
    x: Option<Span>,
    /// y from the lower (nearer) edge to the upper [default: -4..4]
    #[arg(long, value_name = "A..B", allow_hyphen_values = true)]
    y: Option<Span>,
    /// a over the video, both ends included [default: from 0, rising by 5 a second]
    #[arg(long, value_name = "A..B", allow_hyphen_values = true)]
    a: Option<Span>,
    /// Values that colormap and height span [default: found by sampling]
    #[arg(long, value_name = "A..B", allow_hyphen_values = true)]
    z: Option<Span>,
    /// A formula by name: lissajous, harmonograph, rose, spirograph, superformula, interference,
    /// newton, julia or mandelbrot; other options change parts of it
    #[arg(long, value_name = "NAME")]
    look: Option<Look>,
    /// What t runs through along a curve [default: 0..2*pi]
    #[arg(long, value_name = "A..B", allow_hyphen_values = true)]
    t: Option<Span>,
    /// Width of a curve or of contour lines in pixels [default: 2 and 1.5]
    #[arg(long, value_name = "PIXELS", allow_negative_numbers = true)]
    width: Option<f64>,
    /// Earlier frames' curves that are still seen [default: 0]
    #[arg(long, value_name = "FRAMES", value_parser = whole::<u32>, allow_negative_numbers = true)]
    trail: Option<u32>,
    /// Bands of a contour [default: 12]
    #[arg(long, value_name = "N", value_parser = whole::<u32>, allow_negative_numbers = true)]
    levels: Option<u32>,
    /// How often a complex formula is applied to its own result [default: 1]
    #[arg(long, value_name = "N", value_parser = whole::<u32>, allow_negative_numbers = true)]
    iterations: Option<u32>,
    /// surface, density, contour, curve or complex [default: surface]
    #[arg(long, value_name = "VIEW")]
    view: Option<View>,
    /// Colormap: viridis, magma, turbo, spectral, greys ... [default: viridis]
    #[arg(long, value_name = "NAME")]
    colormap: Option<Colormap>,
    /// Grid points along each side of a surface, or points of a curve [default: 240 and 4000]
    #[arg(long, value_name = "N", value_parser = whole::<u32>, allow_negative_numbers = true)]
    samples: Option<u32>,
    /// Samples along each side of a pixel [default: surface 2, density 1]
    #[arg(long, value_name = "N", value_parser = whole::<u32>, allow_negative_numbers = true)]
    antialias: Option<u32>,
    /// Where the viewer stands, in degrees from the front [default: -37.5]
    #[arg(long, value_name = "DEGREES", allow_hyphen_values = true)]
    azimuth: Option<f64>,
    /// How high the viewer stands, in degrees [default: 32]
    #[arg(long, value_name = "DEGREES", allow_hyphen_values = true)]
    elevation: Option<f64>,
    /// Turns of the viewer over the video [default: 0]
    #[arg(long, value_name = "TURNS", allow_hyphen_values = true)]
    spin: Option<f64>,
    /// Mesh lines over a surface in each direction [default: 0]
    #[arg(long, value_name = "N", value_parser = whole::<u32>, allow_negative_numbers = true)]
    mesh: Option<u32>,
    /// Leave out the edges of the box
    #[arg(long, action = ArgAction::SetTrue)]
    no_box: bool,
    /// Colour behind a surface [default: #121318]
    #[arg(long, value_name = "COLOR")]
    background: Option<Color>,
    /// Colour of NaN and infinities [default: #808080]
    #[arg(long, value_name = "COLOR")]
    nan_color: Option<Color>,
    #[command(flatten)]
    shared: Shared,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        let (Shared { common, anew, work }, parameters) = match self.generator {
            Generator::Noise(args) => {
                let noise = Some(args.noise());
                (args.shared, Draft { noise, ..Draft::default() })
            }
            Generator::Polygon(args) => {
                let polygon = Some(args.polygon());
                (args.shared, Draft { polygon, ..Draft::default() })
            }
            Generator::Wave(args) => {
                let wave = Some(args.wave());
                (args.shared, Draft { wave, ..Draft::default() })
            }
            Generator::Exec(args) => {
                let (command, raw, batch) = (args.command, args.raw, args.batch);
                let exec = Some(Exec { command, raw, batch, ..Exec::default() });
                (args.shared, Draft { exec, ..Draft::default() })
            }
        };
        let Draft { noise, polygon, wave, exec, .. } = parameters;
        let draft = Draft { noise, polygon, wave, exec, ..common.draft()? };
        let recipe = draft.resolve()?;
        if draft.seed == Some(genmedia::recipe::Seed::Random) {
            note(format_args!("--seed {}", recipe.seed));
        }
        let video = common.video;
        let name = video.name.unwrap_or_else(|| recipe.default_name());
        if anew.dry_run {
            return dry_run(&recipe, &name);
        }
        let signals = Signals::watch()?;
        let output = video.output.as_deref();
        let task = Task { recipe: &recipe, name: &name, output, force: anew.force };
        work.render(&task, Turn::ALONE, &signals)
    }
}

impl NoiseArgs {
    fn noise(&self) -> Noise {
        Noise {
            kind: self.kind.unwrap_or(Kind::White),
            scale: self.scale,
            octaves: self.octaves,
            gain: self.gain,
            lacunarity: self.lacunarity,
            speed: self.speed,
            looped: self.looped,
            colormap: self.colormap,
            palette: self.palette.clone(),
        }
    }
}

impl PolygonArgs {
    fn polygon(&self) -> Polygon {
        let default = Polygon::default();
        Polygon {
            count: self.count.unwrap_or(default.count),
            points: self.points.unwrap_or(default.points),
            color: self.color.unwrap_or(default.color),
            opacity: self.opacity.unwrap_or(default.opacity),
            background: self.background.unwrap_or(default.background),
            fill: self.fill,
            width: self.width.unwrap_or(default.width),
            antialias: !self.no_antialias,
            shape: self.shape.unwrap_or_default(),
            motion: self.motion.unwrap_or_default(),
            speed: self.speed,
            symmetry: self.symmetry.map_or(default.symmetry, Symmetry),
            // Colours that are given are meant to be used.
            color_mode: match (self.color_mode, &self.palette) {
                (None, Some(_)) => ColorMode::Palette,
                (mode, _) => mode.unwrap_or_default(),
            },
            palette: self.palette.clone(),
            blend: self.blend.unwrap_or_default(),
        }
    }
}

impl WaveArgs {
    fn wave(&self) -> Wave {
        let default = Wave::default();
        Wave {
            look: self.look,
            expr: self.expr.clone(),
            x: self.x,
            y: self.y,
            a: self.a,
            z: self.z,
            view: self.view,
            colormap: self.colormap,
            samples: self.samples,
            antialias: self.antialias,
            azimuth: self.azimuth.unwrap_or(default.azimuth),
            elevation: self.elevation.unwrap_or(default.elevation),
            spin: self.spin.unwrap_or(default.spin),
            mesh: self.mesh.unwrap_or(default.mesh),
            boxed: !self.no_box,
            background: self.background.unwrap_or(default.background),
            nan_color: self.nan_color.unwrap_or(default.nan_color),
            t: self.t,
            width: self.width,
            trail: self.trail,
            levels: self.levels,
            iterations: self.iterations,
        }
    }
}
