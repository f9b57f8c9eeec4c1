using System.Globalization;
using Millrace.UserFunctions;

namespace Millrace.Functions.Tests.Conformance.Features;

/// <summary>Requests that end in another order than they begin.</summary>
internal sealed class SlowLookup : IAsyncFunction<Reading, string>
{
    public async Task<IReadOnlyCollection<string>> InvokeAsync(Reading value, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(value.Value % 3), TimeProvider.System, cancellationToken);
        return [string.Create(CultureInfo.InvariantCulture, $"{value.Key}:{value.Time}:{value.Value * 2}")];
    }
}
