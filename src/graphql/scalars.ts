import { GraphQLDateTime, GraphQLJSONObject } from 'graphql-scalars';

/** Scalars that fields name themselves; a `Date` property is a `DateTime` without naming it. */
export { GraphQLDateTime as DateTime, GraphQLJSONObject as JSONObject };
