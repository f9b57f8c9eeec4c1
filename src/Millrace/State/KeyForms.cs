namespace Millrace.State;

/// <summary>
/// The one form of values that are equal but not the same. Part of the state's format, as the hash of a key is made of it.
/// </summary>
internal static class KeyForms
{
    public static double Of(double value) =>
        value == 0 ? 0
        : double.IsNaN(value) ? double.NaN
        : value;

    public static float Of(float value) =>
        value == 0 ? 0
        : float.IsNaN(value) ? float.NaN
        : value;

    public static DateTime Of(DateTime value) => new(value.Ticks, DateTimeKind.Utc);

    public static DateTimeOffset Of(DateTimeOffset value) => new(value.UtcTicks, TimeSpan.Zero);

    /// <summary>Without zeros at the end: 1.5 for 1.50.</summary>
    public static decimal Of(decimal value)
    {
        Span<int> words = stackalloc int[4];
        decimal.GetBits(value, words);
        if ((words[0] | words[1] | words[2]) == 0)
        {
            return 0m;
        }

        int scale = (words[3] >> 16) & 0xFF;
        if (scale == 0 || (words[0] & 1) != 0)
        {
            return value;
        }

        UInt128 digits = new((uint)words[2], ((ulong)(uint)words[1] << 32) | (uint)words[0]);
        while (scale > 0)
        {
            (UInt128 quotient, UInt128 rest) = words[2] == 0 ? Divide((ulong)digits) : UInt128.DivRem(digits, 10);
            if (rest != 0)
            {
                break;
            }

            digits = quotient;
            scale--;
        }

        return new decimal((int)(uint)digits, (int)(uint)(digits >> 32), (int)(uint)(digits >> 64), words[3] < 0, (byte)scale);
    }

    private static (UInt128 Quotient, UInt128 Remainder) Divide(ulong digits) => (digits / 10, digits % 10);
}
