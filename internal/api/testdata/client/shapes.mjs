// JSON Schemas out of the official client's own declarations. Each declared property must be there, and nothing else; one
// that is declared optional may be null, which is how Pipedrive writes what is not set.
import ts from "typescript";

export function shapes(file) {
  const program = ts.createProgram([file], { strict: true, moduleResolution: ts.ModuleResolutionKind.Node10, skipLibCheck: true });
  const checker = program.getTypeChecker();
  const exported = new Map(
    checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file))).map((s) => [s.name, s]),
  );
  const find = (name) => {
    let symbol = exported.get(name);
    if (!symbol) throw new Error(`the client declares no ${name}`);
    if (symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
    return checker.getDeclaredTypeOfSymbol(symbol);
  };

  function schema(type, optional) {
    if (type.isUnion()) {
      const parts = type.types.filter((t) => !(t.flags & ts.TypeFlags.Undefined));
      if (parts.length === 1) return schema(parts[0], optional);
      const anyOf = parts.map((t) => schema(t, false));
      return { anyOf: optional ? [...anyOf, { type: "null" }] : anyOf };
    }
    const one = plain(type);
    return optional && one !== true ? { anyOf: [one, { type: "null" }] } : one;
  }

  function plain(type) {
    const flags = type.flags;
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    if (flags & ts.TypeFlags.BooleanLiteral) return { const: type.intrinsicName === "true" };
    if (flags & ts.TypeFlags.String) return { type: "string" };
    if (flags & ts.TypeFlags.Number) return { type: "number" };
    if (flags & ts.TypeFlags.Boolean) return { type: "boolean" };
    if (flags & ts.TypeFlags.Null) return { type: "null" };
    if (flags & ts.TypeFlags.Any) return true;
    if (checker.isArrayType(type)) return { type: "array", items: schema(checker.getTypeArguments(type)[0], false) };
    const properties = {};
    for (const p of checker.getPropertiesOfType(type)) {
      properties[p.name] = schema(checker.getTypeOfSymbol(p), Boolean(p.flags & ts.SymbolFlags.Optional));
    }
    if (checker.getIndexTypeOfType(type, ts.IndexKind.String)) return { type: "object" };
    if (!Object.keys(properties).length) throw new Error(`no schema for ${checker.typeToString(type)}`);
    return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
  }

  return {
    fields: (name) => checker.getPropertiesOfType(find(name)).map((p) => p.name),
    schema: (name) => schema(find(name), false),
  };
}
