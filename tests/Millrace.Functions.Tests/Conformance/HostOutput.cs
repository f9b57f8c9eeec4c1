namespace Millrace.Functions.Tests.Conformance;

/// <summary>What a host made of a case.</summary>
/// <param name="Topics">Records by topic, as they came.</param>
/// <param name="Failure">Why the run failed; <see langword="null"/> = it did not.</param>
internal sealed record HostOutput(IReadOnlyDictionary<string, IReadOnlyList<string>> Topics, string? Failure)
{
    public static async Task<HostOutput> OfAsync(Func<Task<IReadOnlyDictionary<string, IReadOnlyList<string>>>> run)
    {
        try
        {
            return new HostOutput(await run(), Failure: null);
        }
        catch (Exception exception)
        {
            return new HostOutput(new Dictionary<string, IReadOnlyList<string>>(), exception.ToString());
        }
    }
}
