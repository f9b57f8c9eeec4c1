namespace Millrace.Functions.Http;

/// <summary>What anybody may know of the app's health: no texts of exceptions, which name accounts, blobs and brokers.</summary>
/// <param name="Status"><c>ready</c>, <c>back pressure</c>, <c>stalled</c>, <c>waiting</c> or <c>not ready</c>.</param>
/// <param name="Reason">Why it is not simply ready; <see langword="null"/> where it is.</param>
internal sealed record HealthAnswer(string Status, string? Reason)
{
    public const string NotReady = "not ready";

    public bool IsReady => !string.Equals(Status, NotReady, StringComparison.Ordinal);
}
