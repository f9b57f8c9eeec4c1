global using static Prelude;
using Millrace.Api;

public static class Prelude
{
    public static StreamExecutionEnvironment env => null!;
}
