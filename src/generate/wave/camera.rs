//! From the plot's box to the picture: a perspective camera that looks at the box's middle.

use crate::values::Size;

/// Half the box's height; its plane is -1..1 in x and y (Plot3D's box ratios are 1:1:0.4).
pub(super) const HALF_HEIGHT: f32 = 0.42;

/// The viewer's distance from the middle of the box.
const DISTANCE: f32 = 4.4;

/// The part of the frame that the box fills.
const FILL: f32 = 0.92;

pub(super) type Vec3 = [f32; 3];

#[inline(always)]
fn dot(a: Vec3, b: Vec3) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn normalize(a: Vec3) -> Vec3 {
    let scale = 1.0 / dot(a, a).sqrt();
    a.map(|c| c * scale)
}

/// The axes of a viewer: to the right, upwards, and from the box to the viewer.
#[derive(Debug, Clone, Copy)]
struct Axes {
    right: Vec3,
    up: Vec3,
    back: Vec3,
}

impl Axes {
    /// `azimuth` from the front, counter-clockwise, and `elevation`, in degrees.
    fn new(azimuth: f64, elevation: f64) -> Self {
        // libm's, not the system's, so that every machine gives the same bits.
        let (az, el) = (azimuth.to_radians(), elevation.to_radians());
        let (sa, ca) = (libm::sin(az) as f32, libm::cos(az) as f32);
        let (se, ce) = (libm::sin(el) as f32, libm::cos(el) as f32);
        Self { right: [ca, sa, 0.0], up: [-sa * se, ca * se, ce], back: [sa * ce, -ca * ce, se] }
    }

    /// Right, up, and nearness (the inverse of the distance along the view).
    #[inline(always)]
    fn project(&self, p: Vec3) -> Vec3 {
        let nearness = 1.0 / (DISTANCE - dot(p, self.back));
        [dot(p, self.right) * nearness, dot(p, self.up) * nearness, nearness]
    }
}

/// The projection of one frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Camera {
    axes: Axes,
    scale: f32,
    middle: (f32, f32),
}

/// How the box fits into the frame, the same for all frames of a video, so that a spin neither
/// pumps nor swims.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    elevation: f64,
    scale: f32,
    middle: (f32, f32),
}

impl Fit {
    /// The largest fit into `size` samples of every azimuth in `azimuths`.
    pub(super) fn new(azimuths: impl Iterator<Item = f64>, elevation: f64, size: Size) -> Self {
        let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
        for azimuth in azimuths {
            let axes = Axes::new(azimuth, elevation);
            for corner in 0..8 {
                let p = axes.project(box_corner(corner));
                for i in 0..2 {
                    low[i] = low[i].min(p[i]);
                    high[i] = high[i].max(p[i]);
                }
            }
        }
        let (w, h) = (size.width as f32, size.height as f32);
        let scale = (FILL * w / (high[0] - low[0])).min(FILL * h / (high[1] - low[1]));
        let (mx, my) = ((low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0);
        Self { elevation, scale, middle: (w / 2.0 - mx * scale, h / 2.0 + my * scale) }
    }

    pub(super) fn camera(&self, azimuth: f64) -> Camera {
        let axes = Axes::new(azimuth, self.elevation);
        Camera { axes, scale: self.scale, middle: self.middle }
    }
}

impl Camera {
    /// Samples right, samples down, nearness.
    #[inline(always)]
    pub(super) fn project(&self, p: Vec3) -> Vec3 {
        let [x, y, nearness] = self.axes.project(p);
        [self.middle.0 + x * self.scale, self.middle.1 - y * self.scale, nearness]
    }

    /// Where the viewer stands.
    pub(super) fn eye(&self) -> Vec3 {
        self.axes.back.map(|c| c * DISTANCE)
    }

    /// The unit vector to the light, which stands above the viewer's left shoulder.
    pub(super) fn to_light(self) -> Vec3 {
        let Axes { right, up, back } = self.axes;
        normalize([0, 1, 2].map(|i| -0.55 * right[i] + 0.75 * up[i] + 0.65 * back[i]))
    }
}

/// Corner `i` (0..8) of the box: bit 0 is x, bit 1 is y, bit 2 is z.
pub(super) fn box_corner(i: usize) -> Vec3 {
    let side = |bit: usize| if i >> bit & 1 == 1 { 1.0 } else { -1.0 };
    [side(0), side(1), side(2) * HALF_HEIGHT]
}
