// Source text with a counter on every branch, and with comparisons that tell what was compared. A place is written as `meshdSite_N`; who
// loads the text puts numbers there that no other file has.
import ts from "typescript";

/** Comparisons of longer texts are as good as different. */
const MAX_WORD = 32;

export interface Rewritten {
  readonly text: string;
  /** Number of places. */
  readonly sites: number;
  /** Literals: words that inputs may want to hold. */
  readonly words: readonly string[];
}

interface Sites {
  count: number;
  readonly words: Set<string>;
}

/** Methods that ask for a part of a text. */
const SEARCHES: ReadonlySet<string> = new Set(["startsWith", "endsWith", "includes"]);

/** `runtime`: the global object that has what is called. */
export function rewrite(text: string, fileName: string, runtime: string): Rewritten {
  const sites: Sites = { count: 0, words: new Set() };
  const { outputText } = ts.transpileModule(text, {
    fileName,
    compilerOptions: {
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: fileName.endsWith(".ts"),
      inlineSourceMap: true,
      allowJs: true,
    },
    transformers: { before: [(context) => (file) => new Rewriter(context, sites, runtime).file(file)] },
  });
  return { text: outputText, sites: sites.count, words: [...sites.words] };
}

class Rewriter {
  readonly #context: ts.TransformationContext;
  readonly #factory: ts.NodeFactory;
  readonly #sites: Sites;
  readonly #runtime: string;

  constructor(context: ts.TransformationContext, sites: Sites, runtime: string) {
    this.#context = context;
    this.#factory = context.factory;
    this.#sites = sites;
    this.#runtime = runtime;
  }

  file(file: ts.SourceFile): ts.SourceFile {
    return ts.visitEachChild(file, (node) => this.#visit(node), this.#context);
  }

  #visit(node: ts.Node): ts.Node {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return node;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node;
    if (ts.isStringLiteral(node) && node.text.length > 0 && node.text.length <= MAX_WORD) {
      this.#sites.words.add(node.text);
    }
    const visited = ts.visitEachChild(node, (child) => this.#visit(child), this.#context);
    if (ts.isBlock(visited)) {
      const begins = ts.isFunctionLike(node.parent) || ts.isCatchClause(node.parent);
      return begins ? this.#opened(visited) : visited;
    }
    return ts.isExpression(visited) ? this.#expression(visited) : this.#statement(visited);
  }

  #statement(node: ts.Node): ts.Node {
    const factory = this.#factory;
    if (ts.isIfStatement(node)) {
      const otherwise = node.elseStatement ?? factory.createBlock([]);
      return factory.updateIfStatement(
        node,
        node.expression,
        this.#entered(node.thenStatement),
        this.#entered(otherwise),
      );
    }
    if (ts.isForStatement(node)) {
      const { initializer, condition, incrementor, statement } = node;
      return factory.updateForStatement(node, initializer, condition, incrementor, this.#entered(statement));
    }
    if (ts.isForOfStatement(node)) {
      const { awaitModifier, initializer, expression, statement } = node;
      return factory.updateForOfStatement(node, awaitModifier, initializer, expression, this.#entered(statement));
    }
    if (ts.isWhileStatement(node)) {
      return factory.updateWhileStatement(node, node.expression, this.#entered(node.statement));
    }
    if (ts.isSwitchStatement(node)) return this.#switch(node);
    if (ts.isCaseClause(node)) {
      const statements = [factory.createExpressionStatement(this.#mark()), ...node.statements];
      return factory.updateCaseClause(node, node.expression, statements);
    }
    return node;
  }

  /** Only what is known without being evaluated is compared with. */
  #switch(node: ts.SwitchStatement): ts.Node {
    const factory = this.#factory;
    const constants = node.caseBlock.clauses.flatMap((clause): readonly ts.Expression[] => {
      if (!ts.isCaseClause(clause)) return [];
      const { expression } = clause;
      if (ts.isStringLiteral(expression)) return [factory.createStringLiteral(expression.text)];
      return ts.isNumericLiteral(expression) ? [factory.createNumericLiteral(expression.text)] : [];
    });
    const known = factory.createArrayLiteralExpression(constants);
    return factory.updateSwitchStatement(
      node,
      this.#call("choose", this.#site(), node.expression, known),
      node.caseBlock,
    );
  }

  #expression(node: ts.Expression): ts.Expression {
    const factory = this.#factory;
    if (ts.isArrowFunction(node)) {
      const { body, modifiers, typeParameters, parameters, type, equalsGreaterThanToken: arrow } = node;
      if (ts.isBlock(body)) return node;
      const counted = this.#counted(body);
      return factory.updateArrowFunction(node, modifiers, typeParameters, parameters, type, arrow, counted);
    }
    if (ts.isConditionalExpression(node)) {
      const { condition, questionToken, whenTrue, colonToken, whenFalse } = node;
      const [yes, no] = [this.#counted(whenTrue), this.#counted(whenFalse)];
      return factory.updateConditionalExpression(node, condition, questionToken, yes, colonToken, no);
    }
    if (ts.isCallExpression(node)) return this.#search(node);
    return ts.isBinaryExpression(node) ? this.#binary(node) : node;
  }

  #binary(node: ts.BinaryExpression): ts.Expression {
    const { left, operatorToken, right } = node;
    switch (operatorToken.kind) {
      case ts.SyntaxKind.AmpersandAmpersandToken:
      case ts.SyntaxKind.BarBarToken:
      case ts.SyntaxKind.QuestionQuestionToken:
        return this.#factory.updateBinaryExpression(node, left, operatorToken, this.#counted(right));
      case ts.SyntaxKind.EqualsEqualsEqualsToken:
        return this.#call("same", this.#site(), left, right);
      case ts.SyntaxKind.ExclamationEqualsEqualsToken:
        return this.#factory.createLogicalNot(this.#call("same", this.#site(), left, right));
      default:
        return node;
    }
  }

  #search(node: ts.CallExpression): ts.Expression {
    const [part, ...others] = node.arguments;
    if (part === undefined || others.length > 0 || !ts.isPropertyAccessExpression(node.expression)) return node;
    const { expression, name, questionDotToken } = node.expression;
    if (!SEARCHES.has(name.text) || questionDotToken !== undefined || node.questionDotToken !== undefined) return node;
    return this.#call("within", this.#site(), expression, this.#factory.createStringLiteral(name.text), part);
  }

  #call(name: string, ...args: readonly ts.Expression[]): ts.Expression {
    const runtime = this.#factory.createIdentifier(this.#runtime);
    const callee = this.#factory.createPropertyAccessExpression(runtime, name);
    return this.#factory.createCallExpression(callee, undefined, args);
  }

  #site(): ts.Expression {
    return this.#factory.createIdentifier(`meshdSite_${this.#sites.count++}`);
  }

  #mark(): ts.Expression {
    return this.#call("mark", this.#site());
  }

  #counted(value: ts.Expression): ts.Expression {
    return this.#factory.createParenthesizedExpression(this.#factory.createComma(this.#mark(), value));
  }

  #entered(statement: ts.Statement): ts.Statement {
    return this.#factory.createBlock([this.#factory.createExpressionStatement(this.#mark()), statement]);
  }

  /** A directive stays first. */
  #opened(block: ts.Block): ts.Block {
    const isDirective = (each: ts.Statement): boolean =>
      ts.isExpressionStatement(each) && ts.isStringLiteral(each.expression);
    const directives = block.statements.filter(isDirective);
    const rest = block.statements.filter((each) => !isDirective(each));
    const mark = this.#factory.createExpressionStatement(this.#mark());
    return this.#factory.updateBlock(block, [...directives, mark, ...rest]);
  }
}
