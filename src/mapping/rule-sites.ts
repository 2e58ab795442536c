import type { MapDefinition, Rule } from './ast.ts';
import type { RuleSite } from './run.ts';

/** Where a rule stands. Names of nested rules are joined by `/`; an unnamed one goes by its number. */
export function siteOf(rule: Rule, index: number, around: { file: string; group: string; names: string }): RuleSite {
  const { line, column } = rule.at;
  return {
    map: around.file,
    group: around.group,
    rule: `${around.names}${rule.name ?? `#${index + 1}`}`,
    line,
    place: `${around.file}:${line}:${column}`,
  };
}

/** Every rule of a map, nested ones after their parent. */
export function rulesOf({ file, groups }: MapDefinition): readonly RuleSite[] {
  const within = (rules: readonly Rule[], group: string, names: string): RuleSite[] =>
    rules.flatMap((rule, index) => {
      const site = siteOf(rule, index, { file, group, names });
      return [site, ...within(rule.rules, group, `${site.rule}/`)];
    });
  return groups.flatMap((group) => within(group.rules, group.name, ''));
}
