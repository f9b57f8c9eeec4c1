namespace Millrace.Embedded.Infrastructure;

/// <summary>
/// Dollars per 10,000 requests: pay as you go, East US, general-purpose v2, locally redundant. Microsoft's own lists were not read: that of
/// tables is what several public pages quoted up to July 2026, that of queues none of those that were found. docs/infra.md says more.
/// </summary>
internal static class Prices
{
    public const string Source = "Azure, East US, pay as you go, November 2026 (tables quoted by third parties, queues unverified)";

    public const double Table = 0.00036;

    public const double Queue = 0.004;

    public static double Of(double price, double requests) => price * requests / 10_000;
}
