namespace Millrace.Testing.Conformance;

/// <summary>Assertions of the conformance suites, free of any test framework.</summary>
internal static class Check
{
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
}
