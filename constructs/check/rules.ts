import { Token } from 'cdktf';
import { z } from 'zod';
import { POLICIES, SEVERITIES } from '../../functions/settings';

/** The kinds of values that a user writes, each with its rule in words. */

export const object = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, { error: 'must be an object' });

export const text = (pattern: RegExp, rule: string) => z.string({ error: rule }).regex(pattern, { error: rule });

/** May also be another resource's attribute, which is known only when it is deployed. */
export const reference = (pattern: RegExp, rule: string) =>
  z.string({ error: rule }).refine((value) => isUnknown(value) || pattern.test(value), { error: rule });

/** An element of a list that is known only when it is deployed is known by its list only. */
export function isUnknown(value: string): boolean {
  return Token.isUnresolved(value) || Token.isUnresolved([value]);
}

export const flag = z.boolean({ error: 'must be true or false' }).optional();

export const whole = (min: number, max: number) => {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.int({ error: rule }).min(min, { error: rule }).max(max, { error: rule }).optional();
};

export const one = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

export const record = <Key extends z.ZodString, Value extends z.ZodType>(key: Key, value: Value) =>
  z.record(key, value, { error: 'must be an object' });

export const list = <Element extends z.ZodType>(element: Element, of: string) =>
  z.array(element, { error: `must be a list of ${of}` });

export const NAME_OF_OBJECT = 'must not be a name that every JavaScript object has';

/** Constructs are kept in objects by their names: those that every object has already cannot be used. */
export const named = (what: string, max = 255) =>
  text(new RegExp(`^[\\w-]{1,${max}}$`), `must be the ${what}: 1 to ${max} letters, digits, - and _`).refine(
    (value) => !(value in Object.prototype),
    { error: NAME_OF_OBJECT },
  );

export const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d$/;

/** Longer ones would leave no room for words in the description of an alarm. */
const URL_MAX = 512;

export const webUrl = z
  .string({ error: `must be an http or https URL of at most ${URL_MAX} characters` })
  .refine((value) => isWebUrl(value), { error: `must be an http or https URL of at most ${URL_MAX} characters` });

/** Braces and the like are not for URLs, and would be something else for Terraform and for Slack. */
function isWebUrl(value: string): boolean {
  return value.length <= URL_MAX && /^https?:\/\/[^\s{}<>"|\\^`]+$/i.test(value) && URL.canParse(value);
}

/** How a kind of alert is told. */
export const kindShape = { policy: one(POLICIES).optional(), severity: one(SEVERITIES).optional() };

/** A switch of a kind of alert: on, off, or on with these options. */
export const toggle = <Shape extends z.ZodRawShape>(shape: Shape) => {
  const fields = Object.keys(shape).join(', ');
  return z.union([z.boolean(), object(shape)], { error: `must be true, false or { ${fields} }` }).optional();
};
