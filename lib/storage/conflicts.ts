import {
  ColumnNode,
  ColumnUpdateNode,
  OnConflictNode,
  OnDuplicateKeyNode,
  OperationNodeTransformer,
  ReferenceNode,
  type InsertQueryNode,
  type KyselyPlugin,
} from "kysely";

const DIRTY_KEY = ["meter", "start", "mark"];

/**
 * What this project writes as `on conflict do nothing`, as a server must hear it. A mark that another transaction is taking
 * away is waited for and set anew: else what was marked would be forgotten.
 */
export function conflictPlugin(dialect: "postgres" | "mysql"): KyselyPlugin {
  const transformer = new Conflicts(dialect);
  return {
    transformQuery: ({ node, queryId }) => transformer.transformNode(node, queryId),
    transformResult: ({ result }) => Promise.resolve(result),
  };
}

class Conflicts extends OperationNodeTransformer {
  constructor(private readonly dialect: "postgres" | "mysql") {
    super();
  }

  protected override transformInsertQuery(
    ...given: Parameters<OperationNodeTransformer["transformInsertQuery"]>
  ): InsertQueryNode {
    const node = super.transformInsertQuery(...given);
    const column = node.columns?.[0];
    if (!node.onConflict?.doNothing || !node.into || !column) return node;
    const table = node.into.table.identifier.name;
    const same = ColumnUpdateNode.create(
      this.dialect === "mysql" ? ReferenceNode.create(column, node.into) : column,
      ReferenceNode.create(column, node.into),
    );
    if (this.dialect === "mysql") {
      const { onConflict, ...rest } = node;
      return { ...rest, onDuplicateKey: OnDuplicateKeyNode.create([same]) };
    }
    if (table !== "dirty") return node;
    const conflict = OnConflictNode.cloneWith(OnConflictNode.create(), {
      columns: DIRTY_KEY.map((name) => ColumnNode.create(name)),
      updates: [same],
    });
    return { ...node, onConflict: conflict };
  }
}
