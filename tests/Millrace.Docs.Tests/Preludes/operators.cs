global using Millrace.Api;
global using Millrace.Windows;
global using static Prelude;

public static class Prelude
{
    public static DataStream<Trade> trades => null!;

    public sealed record Trade(string Symbol, double Price, long Volume);

    public sealed record Spread(string Symbol, long End, double Median, double High);

    public sealed record Volume(string Symbol, long End, long Sum);
}
