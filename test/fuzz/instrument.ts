// Coverage as guided fuzzing needs it, for each single input: the product's source is rewritten as it is loaded, so that every branch
// counts and every comparison tells how near it was. (The inspector's block coverage costs milliseconds for each reading.)
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** A place for each edge, then hashed ones for how near a comparison was. */
const MAX_EDGES = 1 << 16;
const NEARNESS_SLOTS = 1 << 16;
/** Comparisons of longer texts are as good as different. */
const MAX_COMPARED = 32;

/** What of one input was seen; cleared by whoever reads it. */
export interface Coverage {
  readonly counts: Uint8Array;
  /** Slots of `counts` that were hit since the last clearing, each once. */
  readonly hit: number[];
  /** Slots below are edges, the others say how near a comparison was. */
  readonly edgeSlots: number;
  /** Of all files loaded so far. */
  edges: number;
  /** Literals of the source: words that inputs may want to hold. */
  readonly words: Set<string>;
  /** What was compared and found different in this input: constants to try. */
  readonly wanted: Set<string | number>;
}

/** Parsers that are not ours, of bytes that are not ours either. */
const PARSERS = /node_modules\/(dns-packet|@rgrove\/parse-xml|smol-toml|protobufjs)\//;
const RUNTIME = "__meshdFuzz";

/** Loads everything from here on instrumented. */
export function instrument(): Coverage {
  const coverage: Coverage = {
    counts: new Uint8Array(MAX_EDGES + NEARNESS_SLOTS),
    hit: [],
    edgeSlots: MAX_EDGES,
    edges: 0,
    words: new Set(),
    wanted: new Set(),
  };
  Object.assign(globalThis, { [RUNTIME]: runtimeOf(coverage) });
  const source = new URL("../../src/", import.meta.url).href;
  registerHooks({
    load(url, context, next) {
      const ours = url.startsWith(source) || url.includes("/test/fuzz/planted");
      if (!ours && !PARSERS.test(url)) return next(url, context);
      const { format } = next(url, context);
      const text = instrumented(readFileSync(fileURLToPath(url), "utf8"), fileURLToPath(url), coverage);
      return { format: format === "module-typescript" ? "module" : format, source: text, shortCircuit: true };
    },
  });
  return coverage;
}

/** Methods that ask for a part: of a text, what was asked for is wanted. */
const SEARCHES = ["startsWith", "endsWith", "includes"] as const;
type Searchable = Record<(typeof SEARCHES)[number], (part: string) => unknown>;

function runtimeOf({ counts, hit, wanted }: Coverage) {
  const mark = (slot: number): void => {
    const count = counts[slot] ?? 0;
    if (count === 0) hit.push(slot);
    if (count < 255) counts[slot] = count + 1;
  };
  const nearness = (site: number, near: number): void => {
    mark(MAX_EDGES + (((Math.imul(site, 0x9e37_79b1) >>> 8) + near * 0x85eb) % NEARNESS_SLOTS));
  };
  const compare = (site: number, a: unknown, b: unknown): void => {
    if (a === b) return;
    if (typeof a === "number" && typeof b === "number") {
      nearness(site, 32 - bitsOf(a ^ b));
      wanted.add(b);
    } else if (typeof a === "string" && typeof b === "string" && b.length > 0) {
      nearness(site, commonStart(a, b));
      if (b.length <= MAX_COMPARED) wanted.add(b);
    }
  };
  return {
    mark,
    same(site: number, a: unknown, b: unknown): boolean {
      compare(site, a, b);
      return a === b;
    },
    within(site: number, object: Searchable, method: (typeof SEARCHES)[number], part: unknown): unknown {
      if (typeof object === "string" && typeof part === "string") {
        compare(site, method === "endsWith" ? object.slice(-part.length) : object.slice(0, part.length), part);
      }
      return object[method](part as string);
    },
    choose<Value>(site: number, value: Value, cases: readonly unknown[]): Value {
      for (const each of cases) compare(site, value, each);
      return value;
    },
  };
}

function bitsOf(value: number): number {
  let bits = 0;
  for (let rest = value >>> 0; rest !== 0; rest &= rest - 1) bits += 1;
  return bits;
}

function commonStart(a: string, b: string): number {
  const most = Math.min(a.length, b.length, MAX_COMPARED);
  let at = 0;
  while (at < most && a[at] === b[at]) at += 1;
  return at;
}

function instrumented(text: string, fileName: string, coverage: Coverage): string {
  const { outputText } = ts.transpileModule(text, {
    fileName,
    compilerOptions: {
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: fileName.endsWith(".ts"),
      inlineSourceMap: true,
      allowJs: true,
    },
    transformers: { before: [(context) => (file) => rewrite(file, context, coverage)] },
  });
  return outputText;
}

function rewrite(file: ts.SourceFile, context: ts.TransformationContext, coverage: Coverage): ts.SourceFile {
  const { factory } = context;
  const call = (name: string, ...args: readonly ts.Expression[]): ts.Expression =>
    factory.createCallExpression(
      factory.createPropertyAccessExpression(factory.createIdentifier(RUNTIME), name),
      undefined,
      args,
    );
  const number = (): ts.Expression => factory.createNumericLiteral(coverage.edges++ % MAX_EDGES);
  const mark = (): ts.Expression => call("mark", number());
  const counted = (value: ts.Expression): ts.Expression =>
    factory.createParenthesizedExpression(factory.createComma(mark(), value));
  const entered = (statement: ts.Statement): ts.Statement =>
    factory.createBlock([factory.createExpressionStatement(mark()), statement]);
  const opened = (block: ts.Block): ts.Block => {
    // A directive stays first.
    const first = block.statements.findIndex(
      (each) => !(ts.isExpressionStatement(each) && ts.isStringLiteral(each.expression)),
    );
    const at = first < 0 ? block.statements.length : first;
    const statements = [...block.statements];
    statements.splice(at, 0, factory.createExpressionStatement(mark()));
    return factory.updateBlock(block, statements);
  };
  const visit = (node: ts.Node): ts.Node => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return node;
    if (ts.isStringLiteral(node) && node.text.length > 0 && node.text.length <= MAX_COMPARED) {
      if (!ts.isImportDeclaration(node.parent) && !ts.isExportDeclaration(node.parent)) coverage.words.add(node.text);
    }
    const visited = ts.visitEachChild(node, visit, context);
    if (ts.isArrowFunction(visited)) {
      const { body } = visited;
      const { modifiers, typeParameters, parameters, type, equalsGreaterThanToken } = visited;
      const newBody = ts.isBlock(body) ? opened(body) : counted(body);
      return factory.updateArrowFunction(
        visited,
        modifiers,
        typeParameters,
        parameters,
        type,
        equalsGreaterThanToken,
        newBody,
      );
    }
    if (ts.isBlock(visited) && (ts.isFunctionLike(node.parent) || ts.isCatchClause(node.parent))) {
      return ts.isArrowFunction(node.parent) ? visited : opened(visited);
    }
    if (ts.isIfStatement(visited)) {
      const otherwise = visited.elseStatement ?? factory.createBlock([]);
      return factory.updateIfStatement(visited, visited.expression, entered(visited.thenStatement), entered(otherwise));
    }
    if (ts.isConditionalExpression(visited)) {
      const { condition, questionToken, whenTrue, colonToken, whenFalse } = visited;
      return factory.updateConditionalExpression(
        visited,
        condition,
        questionToken,
        counted(whenTrue),
        colonToken,
        counted(whenFalse),
      );
    }
    if (ts.isForStatement(visited)) {
      const { initializer, condition, incrementor } = visited;
      return factory.updateForStatement(visited, initializer, condition, incrementor, entered(visited.statement));
    }
    if (ts.isForOfStatement(visited)) {
      const { awaitModifier, initializer, expression } = visited;
      return factory.updateForOfStatement(visited, awaitModifier, initializer, expression, entered(visited.statement));
    }
    if (ts.isWhileStatement(visited)) {
      return factory.updateWhileStatement(visited, visited.expression, entered(visited.statement));
    }
    if (ts.isSwitchStatement(visited)) {
      const cases = visited.caseBlock.clauses.filter(ts.isCaseClause).map(({ expression }) => expression);
      // Only what is known without being evaluated.
      const known = cases.filter((each) => ts.isStringLiteral(each) || ts.isNumericLiteral(each));
      const constants = known.map((each) =>
        ts.isStringLiteral(each) ? factory.createStringLiteral(each.text) : factory.createNumericLiteral(each.text),
      );
      const chosen = call("choose", number(), visited.expression, factory.createArrayLiteralExpression(constants));
      return factory.updateSwitchStatement(visited, chosen, visited.caseBlock);
    }
    if (ts.isCaseClause(visited)) {
      const statements = [factory.createExpressionStatement(mark()), ...visited.statements];
      return factory.updateCaseClause(visited, visited.expression, statements);
    }
    if (ts.isCallExpression(visited)) return search(visited);
    if (ts.isBinaryExpression(visited)) return binary(visited);
    return visited;
  };
  const search = (node: ts.CallExpression): ts.Expression => {
    const [part, ...others] = node.arguments;
    if (part === undefined || others.length > 0 || !ts.isPropertyAccessExpression(node.expression)) return node;
    const { expression, name, questionDotToken } = node.expression;
    const known = SEARCHES.some((method) => method === name.text);
    if (!known || questionDotToken !== undefined || node.questionDotToken !== undefined) return node;
    return call("within", number(), expression, factory.createStringLiteral(name.text), part);
  };
  const binary = (node: ts.BinaryExpression): ts.Expression => {
    const { left, operatorToken, right } = node;
    switch (operatorToken.kind) {
      case ts.SyntaxKind.AmpersandAmpersandToken:
      case ts.SyntaxKind.BarBarToken:
      case ts.SyntaxKind.QuestionQuestionToken:
        return factory.updateBinaryExpression(node, left, operatorToken, counted(right));
      case ts.SyntaxKind.EqualsEqualsEqualsToken:
        return call("same", number(), left, right);
      case ts.SyntaxKind.ExclamationEqualsEqualsToken:
        return factory.createLogicalNot(call("same", number(), left, right));
      default:
        return node;
    }
  };
  return ts.visitEachChild(file, visit, context);
}
