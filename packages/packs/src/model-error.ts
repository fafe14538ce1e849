/** A model file that cannot be compiled: its message says what is wrong and where in the model. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}

/** @returns the error of an operator that the compiler does not know. */
export function unknownOperator(operator: string, place: string): ModelError {
  return new ModelError(`Operator ${operator} at ${place} is not known to the model compiler`);
}
