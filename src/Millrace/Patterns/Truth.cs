namespace Millrace.Patterns;

/// <summary>A condition of a transition as a truth table over a stage's condition c and its until u: bit 0 = neither, bit 1 = c, bit 2 = u, bit 3 = both.</summary>
internal static class Truth
{
    public const byte Always = 0b1111;
    public const byte Condition = 0b1010;
    public const byte NotCondition = 0b0101;
    public const byte Until = 0b1100;
    public const byte NotUntil = 0b0011;
    public const byte Take = Condition & NotUntil;
    public const byte NotTake = Always & ~Take;
    public const byte Neither = NotCondition & NotUntil;
}
