namespace Millrace.Samples.Nexmark.Functions;

/// <summary>Prices in euros.</summary>
internal static class Euros
{
    /// <summary>Thousandths of a euro per dollar.</summary>
    public const long Thousandths = 908;

    private const byte Scale = 3;

    /// <summary>
    /// 0.908 times a price, exact and with three decimals for each: a product of 64 bits and 10, which a decimal has room for.
    /// </summary>
    public static decimal Of(long price)
    {
        ulong high = Math.BigMul(unchecked((ulong)(price < 0 ? -price : price)), (ulong)Thousandths, out ulong low);
        return new decimal(unchecked((int)low), unchecked((int)(low >> 32)), (int)high, price < 0, Scale);
    }
}
