namespace Millrace.Operators;

/// <summary>A merged window and the window under which its contents are kept.</summary>
internal readonly record struct WindowPair<TWindow>(TWindow Window, TWindow StateWindow);
