//! Loops that a driver ends before they are through.
//!
//! Mesa's driver for the processor goes through the loops of a pixel 65 535 times, all together, and then leaves them as if they
//! were done. A picture would be another, and nobody would know. So it is noted when a loop is left though nothing in it
//! said so, and the frame fails.

use wgpu::naga::{
    AddressSpace, Block, Expression, Function, GlobalVariable, Handle, Literal, LocalVariable,
    Module, Range, ResourceBinding, Scalar, Span, Statement, StorageAccess, Type, TypeInner,
    UnaryOperator,
};

use super::layout::Place;

/// What is said of a frame in which that happened.
pub const ENDED: &str = "a pixel and its neighbours go through loops more than 65535 times, where the driver that draws on the \
                                processor ends them; make them shorter, or draw it on a GPU (--device)";

/// Has `module` note in a number at `place` that a loop was left early. True if it has loops.
pub(super) fn watch(module: &mut Module, place: Place) -> bool {
    let kind = |inner| Type { name: None, inner };
    let flag = module.types.insert(kind(TypeInner::Scalar(Scalar::U32)), Span::UNDEFINED);
    let truth = module.types.insert(kind(TypeInner::Scalar(Scalar::BOOL)), Span::UNDEFINED);
    let global = GlobalVariable {
        name: Some("gm_ended".into()),
        space: AddressSpace::Storage { access: StorageAccess::LOAD | StorageAccess::STORE },
        binding: Some(ResourceBinding { group: place.0, binding: place.1 }),
        ty: flag,
        init: None,
        memory_decorations: Default::default(),
    };
    let noted = module.global_variables.append(global, Span::UNDEFINED);
    let mut watched = false;
    let functions = module.functions.iter_mut().map(|(_, function)| function);
    let entries = module.entry_points.iter_mut().map(|entry| &mut entry.function);
    for function in functions.chain(entries) {
        let body = std::mem::take(&mut function.body);
        let mut watcher = Watcher { function, noted, truth, count: 0 };
        let body = watcher.block(body, None);
        watched |= watcher.count > 0;
        function.body = body;
    }
    watched
}

struct Watcher<'a> {
    function: &'a mut Function,
    noted: Handle<GlobalVariable>,
    truth: Handle<Type>,
    count: usize,
}

impl Watcher<'_> {
    fn add(&mut self, expression: Expression) -> Handle<Expression> {
        self.function.expressions.append(expression, Span::UNDEFINED)
    }

    fn store(&mut self, pointer: Handle<Expression>, literal: Literal) -> Statement {
        let value = self.add(Expression::Literal(literal));
        Statement::Store { pointer, value }
    }

    /// The statements, where a break out of the innermost loop says so in `left`.
    fn block(&mut self, body: Block, left: Option<Handle<Expression>>) -> Block {
        let mut out = Block::with_capacity(body.len());
        for (statement, span) in body.span_into_iter() {
            let statement = match statement {
                Statement::Block(inner) => Statement::Block(self.block(inner, left)),
                Statement::If { condition, accept, reject } => Statement::If {
                    condition,
                    accept: self.block(accept, left),
                    reject: self.block(reject, left),
                },
                Statement::Switch { selector, mut cases } => {
                    for case in &mut cases {
                        // A break in it leaves the switch.
                        case.body = self.block(std::mem::take(&mut case.body), None);
                    }
                    Statement::Switch { selector, cases }
                }
                Statement::Break => {
                    if let Some(left) = left {
                        let said = self.store(left, Literal::Bool(true));
                        out.push(said, Span::UNDEFINED);
                    }
                    Statement::Break
                }
                Statement::Loop { body, continuing, break_if } => {
                    self.loop_through(&mut out, body, continuing, break_if);
                    continue;
                }
                other => other,
            };
            out.push(statement, span);
        }
        out
    }

    fn loop_through(
        &mut self,
        out: &mut Block,
        body: Block,
        continuing: Block,
        break_if: Option<Handle<Expression>>,
    ) {
        self.count += 1;
        let variable = LocalVariable { name: None, ty: self.truth, init: None };
        let variable = self.function.local_variables.append(variable, Span::UNDEFINED);
        let left = self.add(Expression::LocalVariable(variable));
        let begin = self.store(left, Literal::Bool(false));
        out.push(begin, Span::UNDEFINED);
        let body = self.block(body, Some(left));
        let mut continuing = self.block(continuing, None);
        if let Some(value) = break_if {
            continuing.push(Statement::Store { pointer: left, value }, Span::UNDEFINED);
        }
        out.push(Statement::Loop { body, continuing, break_if }, Span::UNDEFINED);
        let load = self.add(Expression::Load { pointer: left });
        let not = self.add(Expression::Unary { op: UnaryOperator::LogicalNot, expr: load });
        out.push(Statement::Emit(Range::new_from_bounds(load, not)), Span::UNDEFINED);
        let noted = self.add(Expression::GlobalVariable(self.noted));
        let note = self.store(noted, Literal::U32(1));
        let accept = Block::from_vec(vec![note]);
        out.push(Statement::If { condition: not, accept, reject: Block::new() }, Span::UNDEFINED);
    }
}
