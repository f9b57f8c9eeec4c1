using System.Collections.Frozen;

namespace Millrace.Testing.Conformance;

/// <summary>Assertions of the conformance suites, free of any test framework.</summary>
internal static class Check
{
    /// <summary>The checks of a suite by their names, which are those of their methods.</summary>
    public static FrozenDictionary<string, Func<TScope, Task>> ByName<TScope>(params IEnumerable<Func<TScope, Task>>[] parts) =>
        parts.SelectMany(part => part).ToFrozenDictionary(check => check.Method.Name, StringComparer.Ordinal);

    /// <summary>The names of a suite's checks, in ordinal order.</summary>
    public static IReadOnlyList<string> Names<TScope>(FrozenDictionary<string, Func<TScope, Task>> checks) =>
        [.. checks.Keys.Order(StringComparer.Ordinal)];

    public static Func<TScope, Task> Find<TScope>(FrozenDictionary<string, Func<TScope, Task>> checks, string checkName) =>
        checks.TryGetValue(checkName, out Func<TScope, Task>? check)
            ? check
            : throw new ArgumentException(
                $"There is no check '{checkName}'; there are {string.Join(", ", Names(checks))}.",
                nameof(checkName)
            );

    public static void That(bool condition, string expectation)
    {
        if (!condition)
        {
            throw new ConformanceException($"Expected: {expectation}.");
        }
    }

    public static void Equal<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new ConformanceException($"Expected {what} to be '{expected}', it is '{actual}'.");
        }
    }

    public static void SameBytes(byte[] expected, ReadOnlyMemory<byte> actual, string what)
    {
        if (!actual.Span.SequenceEqual(expected))
        {
            throw new ConformanceException(
                $"Expected {what} to be the {expected.Length} bytes written, it is {actual.Length} bytes that differ from byte "
                    + $"{actual.Span.CommonPrefixLength(expected)} on."
            );
        }
    }

    public static async Task ThrowsAsync<TException>(Func<Task> action, string when)
        where TException : Exception
    {
        try
        {
            await action().ConfigureAwait(false);
        }
        catch (TException)
        {
            return;
        }
        catch (Exception exception)
        {
            throw new ConformanceException(
                $"Expected {typeof(TException).Name} {when}, got {exception.GetType().Name}: {exception.Message}",
                exception
            );
        }

        throw new ConformanceException($"Expected {typeof(TException).Name} {when}, nothing was thrown.");
    }

    /// <summary>What a task gives, if it does so in time.</summary>
    public static async Task<TResult> InTimeAsync<TResult>(Task<TResult> task, TimeSpan patience, string what)
    {
        await InTimeAsync((Task)task, patience, what).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    public static async Task InTimeAsync(Task task, TimeSpan patience, string what)
    {
        try
        {
            await task.WaitAsync(patience).ConfigureAwait(false);
        }
        catch (TimeoutException timeout) when (!task.IsCompleted)
        {
            throw new ConformanceException($"Expected {what} to take less than {patience}, it still goes on.", timeout);
        }
    }

    /// <summary>Whether a call that is cancelled ends: with <see cref="OperationCanceledException"/>, or because it was done.</summary>
    public static async Task ObservesCancellationAsync(Func<CancellationToken, Task> call, TimeSpan patience, string what)
    {
        try
        {
            await InTimeAsync(call(new CancellationToken(canceled: true)), patience, $"{what}, cancelled,").ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // As it should.
        }
        catch (Exception exception) when (exception is not ConformanceException)
        {
            throw new ConformanceException(
                $"Expected OperationCanceledException from {what} when it is cancelled, got {exception.GetType().Name}: "
                    + exception.Message,
                exception
            );
        }
    }
}
