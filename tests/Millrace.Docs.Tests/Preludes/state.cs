global using Millrace.State;
global using Millrace.UserFunctions;
global using static Prelude;
using System;
using Millrace.Api;

public static class Prelude
{
    public static StreamExecutionEnvironment env => null!;

    public sealed record PageView(string Page, string User, DateTimeOffset Time);
}
