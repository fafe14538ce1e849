import type { ExecutionArgs, ExecutionResult } from 'graphql';
import type { ChargedContext } from './charged-operations';

/** What an operation over a socket has beside its context. */
export interface CountedContext extends ChargedContext {
  /** Ends its count. */
  readonly end: () => void;
}

type Running = ExecutionResult | AsyncGenerator<ExecutionResult, void, void>;

/** Runs an operation, and ends its count when it has: at once, or with its last event. */
export async function counted(args: ExecutionArgs, run: () => Promise<Running>) {
  const { end } = args.contextValue as CountedContext;
  try {
    const result = await run();
    if (Symbol.asyncIterator in result) return endingWith(result, end);
    end();
    return result;
  } catch (error) {
    end();
    throw error;
  }
}

/** Passes `return` on at once: a generator's own would wait for the event that `next` waits for. */
function endingWith(results: AsyncGenerator<ExecutionResult, void, void>, end: () => void) {
  const ended = async (
    step: Promise<IteratorResult<ExecutionResult, void>>,
  ): Promise<IteratorResult<ExecutionResult, void>> => {
    try {
      const result = await step;
      if (result.done) end();
      return result;
    } catch (error) {
      end();
      throw error;
    }
  };
  return {
    next: () => ended(results.next()),
    return: () => ended(results.return()),
    throw: (error: unknown) => ended(results.throw(error)),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
