//! What naga does not take as it is in SPIR-V: switches whose cases fall into each other, remainders, and values that are not
//! defined.
//!
//! A value that is not defined, as that of a function that ends without one, it takes outside of functions alone, as zero.
//!
//! Remainders of whole numbers with a sign have that of the divisor, as glslang has them; naga reckons them for single numbers
//! alone, so they are written as what it knows.
//!
//! It puts `default` behind all cases, wherever it stood, and where some values lead to the same case and another case falls
//! into the next, it leads that to a wrong one (naga 30). So what it would take for something else is seen in SPIR-V before
//! it, and what falls is written out behind it.

use wgpu::naga::{
    Block, Expression, Function, Handle, Literal, LocalVariable, Module, Range, Scalar, Span,
    Statement, SwitchCase, SwitchValue, Type, TypeInner,
};

/// Words of the head of a module, before its first instruction.
const HEAD: usize = 5;
/// Numbers of instructions. (SPIR-V specification 1.6, 3.56)
const OP_SWITCH: u32 = 251;
const OP_LABEL: u32 = 248;
const OP_BRANCH: u32 = 249;
const OP_BRANCH_CONDITIONAL: u32 = 250;
const OP_SELECTION_MERGE: u32 = 247;
const OP_TYPE_FLOAT: u32 = 22;
const OP_CONSTANT: u32 = 43;
const OP_SMOD: u32 = 139;
const OP_SREM: u32 = 138;
const OP_IADD: u32 = 128;
const OP_UNDEF: u32 = 1;
const OP_FUNCTION: u32 = 54;
/// The word that says how many names there are.
const BOUND: usize = 3;

/// A switch that is open, as instructions are gone through.
struct Open {
    default: u32,
    /// Where its cases begin, in order, without the default.
    targets: Vec<u32>,
    /// The case that the instructions belong to.
    within: Option<u32>,
    /// True if there is no default: what it would be is what stands behind the switch.
    has_none: bool,
}

/// Takes from switches the values that lead to the default anyway, writes remainders out, and has what is not defined stand
/// before all functions.
///
/// # Errors
/// A case falls into one that is not behind it.
pub(super) fn sound(words: &[u32]) -> Result<Vec<u32>, String> {
    let mut out: Vec<u32> = words.iter().take(HEAD).copied().collect();
    let mut open: Vec<Open> = Vec::new();
    let mut at = HEAD;
    let (mut merge, mut floats) = (None, None);
    let (mut functions, mut undefined) = (None, Vec::new());
    while let Some(&first) = words.get(at) {
        let (count, op) = ((first >> 16) as usize, first & 0xffff);
        let Some(instruction) = words.get(at..at + count).filter(|_| count > 0) else {
            return Err("it is cut short".into());
        };
        at += count;
        match (op, instruction) {
            (OP_FUNCTION, _) => drop(functions.get_or_insert(out.len())),
            (OP_UNDEF, undef) if functions.is_some() => {
                undefined.extend_from_slice(undef);
                continue;
            }
            (OP_SWITCH, [_, selector, default, pairs @ ..]) => {
                let (pairs, _) = pairs.as_chunks::<2>();
                let kept: Vec<&[u32; 2]> = pairs.iter().filter(|[_, to]| to != default).collect();
                let mut targets: Vec<u32> = Vec::new();
                for [_, target] in &kept {
                    if !targets.contains(target) {
                        targets.push(*target);
                    }
                }
                out.push(((3 + 2 * kept.len()) as u32) << 16 | OP_SWITCH);
                out.extend([selector, default]);
                out.extend(kept.into_iter().flatten());
                let has_none = merge == Some(*default);
                open.push(Open { default: *default, targets, within: None, has_none });
                continue;
            }
            (OP_SMOD, &[_, kind, result, a, b]) => {
                let Some(bound) = out.get_mut(BOUND) else { return Err("it is cut short".into()) };
                let (rest, sum) = (*bound, *bound + 1);
                *bound += 2;
                let op = |op: u32| 5 << 16 | op;
                out.extend([op(OP_SREM), kind, rest, a, b]);
                out.extend([op(OP_IADD), kind, sum, rest, b]);
                out.extend([op(OP_SREM), kind, result, sum, b]);
                continue;
            }
            (OP_SELECTION_MERGE, [_, label, ..]) => merge = Some(*label),
            (OP_TYPE_FLOAT, &[_, kind, 32]) => floats = Some(kind),
            // What is infinite in the text is as large as can be; naga takes no such number.
            (OP_CONSTANT, &[first, kind, result, bits]) if Some(kind) == floats => {
                // What is no number, as 0/0, may be anything (GLSL 4.60, 4.7.1), and most often nobody uses it.
                let number = match f32::from_bits(bits) {
                    number if number.is_nan() => 0.0,
                    number => number.clamp(f32::MIN, f32::MAX),
                };
                out.extend([first, kind, result, number.to_bits()]);
                continue;
            }
            (OP_LABEL, [_, label]) => {
                for switch in &mut open {
                    if *label == switch.default || switch.targets.contains(label) {
                        switch.within = Some(*label);
                    }
                }
            }
            (OP_BRANCH, [_, to]) => falls(&open, &[*to])?,
            (OP_BRANCH_CONDITIONAL, [_, _, yes, no, ..]) => falls(&open, &[*yes, *no])?,
            _ => {}
        }
        out.extend_from_slice(instruction);
    }
    if let Some(at) = functions {
        out.splice(at..at, undefined);
    }
    Ok(out)
}

/// Looks at where a block leads.
fn falls(open: &[Open], targets: &[u32]) -> Result<(), String> {
    for Open { default, targets: cases, within, has_none } in open {
        let place = |label: u32| cases.iter().position(|case| *case == label);
        for target in targets {
            if *has_none && target == default {
                continue;
            }
            let is_next = match (within.and_then(place), place(*target)) {
                (Some(from), Some(to)) => to == from + 1,
                (Some(from), None) if target == default => from + 1 == cases.len(),
                (_, None) if target != default => true,
                _ => false,
            };
            if !is_next {
                return Err("in a switch, default stands before another case, and one of them falls into the other; \
                            put default last, or end each by break"
                    .into());
            }
        }
    }
    Ok(())
}

/// Has no case fall into the next: what is fallen into stands behind the switch, and is gone into by a number.
pub(super) fn straighten(module: &mut Module) {
    let inner = TypeInner::Scalar(Scalar::I32);
    let whole = module.types.insert(Type { name: None, inner }, Span::UNDEFINED);
    let functions = module.functions.iter_mut().map(|(_, function)| function);
    let entries = module.entry_points.iter_mut().map(|entry| &mut entry.function);
    for function in functions.chain(entries) {
        let body = std::mem::take(&mut function.body);
        function.body = block(body, function, whole);
    }
}

fn block(body: Block, function: &mut Function, whole: Handle<Type>) -> Block {
    let mut out = Block::with_capacity(body.len());
    for (statement, span) in body.span_into_iter() {
        let statement = match statement {
            Statement::Block(inner) => Statement::Block(block(inner, function, whole)),
            Statement::If { condition, accept, reject } => Statement::If {
                condition,
                accept: block(accept, function, whole),
                reject: block(reject, function, whole),
            },
            Statement::Loop { body, continuing, break_if } => Statement::Loop {
                body: block(body, function, whole),
                continuing: block(continuing, function, whole),
                break_if,
            },
            Statement::Switch { selector, mut cases } => {
                for case in &mut cases {
                    case.body = block(std::mem::take(&mut case.body), function, whole);
                }
                if cases.iter().any(falls_on) {
                    out.append(&mut unfallen(selector, cases, function, whole));
                    continue;
                }
                Statement::Switch { selector, cases }
            }
            other => other,
        };
        out.push(statement, span);
    }
    out
}

/// True for a case that does something, and then falls into the next. Values that share a case do nothing before.
fn falls_on(case: &SwitchCase) -> bool {
    case.fall_through && !case.body.is_empty()
}

/// The switch, and behind it in order what is fallen into: each in a switch of its own, so that a break leaves it.
fn unfallen(
    selector: Handle<Expression>,
    mut cases: Vec<SwitchCase>,
    function: &mut Function,
    whole: Handle<Type>,
) -> Block {
    let variable = LocalVariable { name: None, ty: whole, init: None };
    let next = function.local_variables.append(variable, Span::UNDEFINED);
    let expressions = &mut function.expressions;
    let next = expressions.append(Expression::LocalVariable(next), Span::UNDEFINED);
    let mut go_to = |place: usize| {
        let number = Expression::Literal(Literal::I32(place as i32));
        let value = expressions.append(number, Span::UNDEFINED);
        Statement::Store { pointer: next, value }
    };
    let mut out = Block::new();
    out.push(go_to(0), Span::UNDEFINED);
    let mut parts: Vec<(usize, Block)> = Vec::new();
    for n in 0..cases.len() {
        if !falls_on(&cases[n]) {
            continue;
        }
        // Values that share a case are gone past.
        let is_case = |n: &usize| !(cases[*n].fall_through && cases[*n].body.is_empty());
        let Some(to) = (n + 1..cases.len()).find(is_case) else { continue };
        if parts.iter().all(|(place, _)| *place != to) {
            let mut own = Block::new();
            own.push(go_to(to), Span::UNDEFINED);
            parts.push((to, std::mem::replace(&mut cases[to].body, own)));
        }
        // What it does may stand behind the switch by now.
        let part = parts.iter_mut().find(|(place, _)| *place == n);
        let body = part.map_or(&mut cases[n].body, |(_, body)| body);
        body.push(go_to(to), Span::UNDEFINED);
        cases[n].fall_through = false;
    }
    // A part that falls on was told so above; its place in the switch only leads to it.
    for (to, _) in &parts {
        cases[*to].fall_through = false;
    }
    out.push(Statement::Switch { selector, cases }, Span::UNDEFINED);
    parts.sort_by_key(|(place, _)| *place);
    for (place, body) in parts {
        let load = function.expressions.append(Expression::Load { pointer: next }, Span::UNDEFINED);
        out.push(Statement::Emit(Range::new_from_bounds(load, load)), Span::UNDEFINED);
        let own = SwitchCase { value: SwitchValue::I32(place as i32), body, fall_through: false };
        let none =
            SwitchCase { value: SwitchValue::Default, body: Block::new(), fall_through: false };
        out.push(Statement::Switch { selector: load, cases: vec![own, none] }, Span::UNDEFINED);
    }
    out
}
