namespace Millrace.Embedded.Infrastructure;

/// <summary>
/// Dollars per 10,000 requests: pay as you go, East US, general-purpose v2, locally redundant, hot tier. As public pages quoted Microsoft's
/// lists in November 2026; the lists themselves were not read.
/// </summary>
internal static class Prices
{
    public const string Source = "Azure, East US, LRS, as quoted by third parties in November 2026";

    public const double Table = 0.00036;

    public const double Queue = 0.004;

    public static double Of(double price, double requests) => price * requests / 10_000;
}
