//! What a simulation may be, by name.

use crate::values::named;

named! {
    /// What is simulated.
    Kind as "kind of simulation" {
        /// Cells that are born, live and die by how many neighbours they have: Conway's life and its kin.
        Life = "life",
        /// A row of cells, and under it the row that follows: Wolfram's rules.
        Elementary = "elementary",
        /// Cells in states that eat each other in a circle.
        Cyclic = "cyclic",
        /// Grains that topple when four lie on each other.
        Sandpile = "sandpile",
        /// Magnets that align with their neighbours, if it is cold.
        Ising = "ising",
        /// Trees that grow, and burn when lightning strikes.
        ForestFire = "forest-fire",
        /// Two substances that react and spread: Gray and Scott's model.
        ReactionDiffusion = "reaction-diffusion",
        /// A slime mould: agents that follow the trail which they leave.
        Physarum = "physarum",
        /// Particles that drift in a flow.
        Particles = "particles",
        /// The points to which a map or a flow leads.
        Attractor = "attractor",
        /// Walkers that stick to what they meet.
        Dla = "dla",
        /// A closed curve that grows and keeps away from itself.
        Growth = "growth",
        /// Birds that fly in flocks.
        Boids = "boids",
    }
}

named! {
    /// What lies beyond the edges of a field.
    Edges as "kind of edges" {
        /// Its other end.
        Torus = "torus",
        /// Nothing.
        Dead = "dead",
    }
}

named! {
    /// What light does to a simulation.
    Role as "role" {
        /// It begins where it is light.
        Start = "start",
        /// What is light feeds it, all the time.
        Food = "food",
        /// It cannot be where it is light.
        Wall = "wall",
        /// Nothing but what formulas make of it.
        Map = "map",
    }
}

named! {
    /// What a reaction becomes.
    Regime as "regime" {
        /// Branches that fill the plane.
        Coral = "coral",
        /// Spots that divide.
        Mitosis = "mitosis",
        /// Worms that lie beside each other.
        Worms = "worms",
        /// A labyrinth.
        Maze = "maze",
        /// Spots that stay.
        Spots = "spots",
        /// Holes in a plane.
        Holes = "holes",
        /// Waves that curl up.
        Spirals = "spirals",
        /// Nothing that lasts.
        Chaos = "chaos",
    }
}

impl Regime {
    /// Feed and kill (J. Pearson, "Complex patterns in a simple system", Science, 1993, and later maps of the same plane).
    pub fn rates(self) -> (f64, f64) {
        match self {
            Self::Coral => (0.0545, 0.062),
            Self::Mitosis => (0.0367, 0.0649),
            Self::Worms => (0.05, 0.063),
            Self::Maze => (0.029, 0.057),
            Self::Spots => (0.03, 0.062),
            Self::Holes => (0.039, 0.058),
            Self::Spirals => (0.018, 0.049),
            Self::Chaos => (0.026, 0.051),
        }
    }
}

named! {
    /// What moves particles.
    Flow as "flow" {
        /// Eddies of noise.
        Curl = "curl",
        /// The formulas of --vx and --vy.
        Formula = "formula",
        /// Along what is as light as where they are.
        Light = "light",
    }
}

named! {
    /// Whose points are drawn.
    Shape as "attractor" {
        /// P. de Jong's map.
        DeJong = "de-jong",
        /// C. Pickover's map, found by Clifford.
        Clifford = "clifford",
        /// E. Lorenz's flow.
        Lorenz = "lorenz",
        /// R. Thomas's flow, the same in all three directions.
        Thomas = "thomas",
        /// Y. Aizawa's flow.
        Aizawa = "aizawa",
    }
}
