using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Longhaul.AspNetCore;
using Longhaul.Engine;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Architecture;

/// <summary>
/// What others compile against changes on purpose only. To accept a change run this class with <c>UPDATE_GOLDEN=1</c>, read the
/// difference of the text files beside it, and commit them with the change and a line in the changelog.
/// </summary>
public sealed class PublicApiTests
{
    private static readonly string Folder = Path.GetFullPath(
        Path.Combine(Path.GetDirectoryName(LonghaulProcess.ProgramPath)!, "..", "..", "..", "..", "tests", "Longhaul.Tests", "Architecture"));

    [Theory]
    [InlineData(typeof(EngineServices))]
    [InlineData(typeof(LonghaulServices))]
    public void The_public_surface_of_a_package_is_the_approved_one(Type member)
    {
        var assembly = member.Assembly;
        var file = Path.Combine(Folder, $"PublicApi.{assembly.GetName().Name}.txt");
        var actual = PublicSurface.Print(assembly);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") is "1")
        {
            File.WriteAllText(file, actual);
        }

        var approved = File.Exists(file) ? File.ReadAllText(file) : "";
        var (added, removed) = (Lines(actual).Except(Lines(approved)).ToList(), Lines(approved).Except(Lines(actual)).ToList());
        Assert.True(
            approved == actual,
            $"""
            The public surface of {assembly.GetName().Name} is not the approved one of {Path.GetFileName(file)}.
            new:
            {string.Join('\n', added)}
            gone:
            {string.Join('\n', removed)}
            If that is meant: UPDATE_GOLDEN=1 artifacts/bin/Longhaul.Tests/release/Longhaul.Tests -class '{typeof(PublicApiTests).FullName}'
            """);
    }

    private static string[] Lines(string text) => text.Split('\n');

    /// <summary>Prints what is public of an assembly, one line for each type and member, in the order of their text.</summary>
    private static class PublicSurface
    {
        private const BindingFlags Declared =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

        private static readonly NullabilityInfoContext Nullability = new();

        public static string Print(Assembly assembly)
        {
            var text = new StringBuilder();
            foreach (var type in assembly.GetExportedTypes().Where(t => !t.FullName!.Contains('<', StringComparison.Ordinal)).OrderBy(t => Name(t), StringComparer.Ordinal))
            {
                text.Append(Head(type)).Append('\n');
                foreach (var line in Members(type).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
                {
                    text.Append("    ").Append(line).Append('\n');
                }
            }

            return text.ToString();
        }

        private static string Head(Type type)
        {
            var kind = type switch
            {
                { IsEnum: true } => "enum",
                { IsInterface: true } => "interface",
                { IsValueType: true } => "struct",
                { IsAbstract: true, IsSealed: true } => "static class",
                { IsAbstract: true } => "abstract class",
                { IsSealed: true } => "sealed class",
                _ => "class",
            };
            var bases = type.GetInterfaces().Where(i => i.IsPublic).Select(i => Name(i)).Order(StringComparer.Ordinal);
            var all = (type.BaseType is { } b && b != typeof(object) && b != typeof(ValueType) && b != typeof(Enum) ? [Name(b)] : Array.Empty<string>()).Concat(bases);
            return $"{kind} {Name(type)}{(type.IsEnum || !all.Any() ? "" : $" : {string.Join(", ", all)}")}{Constraints(type.GetGenericArguments())}";
        }

        private static IEnumerable<string> Members(Type type)
        {
            if (type.IsEnum)
            {
                return Enum.GetNames(type).Select(n => $"{n} = {Convert.ToInt64(Enum.Parse(type, n), CultureInfo.InvariantCulture)}");
            }

            return type.GetMembers(Declared).Where(m => !m.Name.Contains('<', StringComparison.Ordinal) && (m is not MethodInfo || !m.IsDefined(typeof(CompilerGeneratedAttribute)))).Select(Line).OfType<string>();
        }

        private static string? Line(MemberInfo member) => member switch
        {
            ConstructorInfo c when IsSeen(c) => $"{Access(c)}{Name(c.DeclaringType!).Split('.')[^1]}({Parameters(c)})",
            MethodInfo { IsSpecialName: true } m when !m.Name.StartsWith("op_", StringComparison.Ordinal) => null,
            MethodInfo m when IsSeen(m) =>
                $"{Access(m)}{Typed(m.ReturnParameter)} {m.Name}{Generic(m)}({(m.IsDefined(typeof(ExtensionAttribute), false) ? "this " : "")}{Parameters(m)}){Constraints(m.GetGenericArguments())}",
            PropertyInfo p when Accessors(p) is { Length: > 0 } accessors =>
                $"{Access(Shown(p)!)}{Required(p)}{Typed(p)} {p.Name}{Index(p)} {{ {accessors} }}",
            FieldInfo { IsLiteral: true, IsPublic: true } f => $"const {Name(f.FieldType)} {f.Name} = {f.GetRawConstantValue()}",
            FieldInfo f when f.IsPublic || f.IsFamily => $"{(f.IsStatic ? "static " : "")}{Name(f.FieldType)} {f.Name}",
            EventInfo e when IsSeen(e.AddMethod!) => $"{Access(e.AddMethod!)}event {Name(e.EventHandlerType!)} {e.Name}",
            _ => null,
        };

        private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

        private static MethodInfo? Shown(PropertyInfo property) =>
            new[] { property.GetMethod, property.SetMethod }.FirstOrDefault(a => a is not null && IsSeen(a));

        private static string Accessors(PropertyInfo property)
        {
            var get = property.GetMethod is { } g && IsSeen(g) ? "get; " : "";
            var set = property.SetMethod is { } s && IsSeen(s)
                ? s.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init; " : "set; "
                : "";
            return (get + set).TrimEnd();
        }

        private static string Access(MethodBase method) =>
            (method.IsPublic ? "" : "protected ")
            + (method.IsStatic ? "static " : "")
            + (method is MethodInfo { IsVirtual: true } m && !method.DeclaringType!.IsInterface
                ? m.GetBaseDefinition() != m ? m.IsFinal ? "sealed override " : "override " : m.IsAbstract ? "abstract " : m.IsFinal ? "" : "virtual "
                : "");

        private static string Required(PropertyInfo property) => property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";

        private static string Index(PropertyInfo property) => property.GetIndexParameters() is { Length: > 0 } index
            ? $"[{string.Join(", ", index.Select(i => $"{Typed(i)} {i.Name}"))}]"
            : "";

        private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p =>
            $"{(p.IsOut ? "out " : p.IsIn ? "in " : p.ParameterType.IsByRef ? "ref " : "")}{(p.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "")}{Typed(p)} {p.Name}"
            + (p.HasDefaultValue ? $" = {p.DefaultValue ?? "default"}" : "")));

        private static string Typed(ParameterInfo parameter) => Name(parameter.ParameterType, Nullability.Create(parameter));

        private static string Typed(PropertyInfo property) => Name(property.PropertyType, Nullability.Create(property));

        private static string Generic(MethodInfo method) =>
            method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => a.Name))}>" : "";

        private static string Constraints(Type[] arguments)
        {
            var said = arguments.Where(a => a.IsGenericParameter).Select(a => (a.Name, Of: string.Join(", ", ConstraintsOf(a)))).Where(c => c.Of.Length > 0);
            return string.Concat(said.Select(c => $" where {c.Name} : {c.Of}"));
        }

        private static IEnumerable<string> ConstraintsOf(Type argument)
        {
            var special = argument.GenericParameterAttributes;
            if (special.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            {
                yield return "class";
            }

            foreach (var type in argument.GetGenericParameterConstraints())
            {
                yield return Name(type);
            }
        }

        private static string Name(Type type, NullabilityInfo? info = null)
        {
            if (type.IsByRef)
            {
                return Name(type.GetElementType()!, info);
            }

            if (Nullable.GetUnderlyingType(type) is { } underlying)
            {
                return $"{Name(underlying)}?";
            }

            var mark = info is { ReadState: NullabilityState.Nullable } or { WriteState: NullabilityState.Nullable } && !type.IsValueType ? "?" : "";
            if (type.IsArray)
            {
                return $"{Name(type.GetElementType()!, info?.ElementType)}[]{mark}";
            }

            if (type.IsGenericParameter)
            {
                return type.Name + mark;
            }

            var full = type.IsNested ? $"{Name(type.DeclaringType!)}.{type.Name}" : ShortNamespace(type) + type.Name;
            if (!type.IsGenericType)
            {
                return full + mark;
            }

            var tick = full.LastIndexOf('`');
            var arguments = type.GetGenericArguments().Select((a, i) => Name(a, info?.GenericTypeArguments.ElementAtOrDefault(i)));
            return tick < 0 ? full + mark : $"{full[..tick]}<{string.Join(", ", arguments)}>{mark}";
        }

        private static string ShortNamespace(Type type) =>
            type.Namespace!.StartsWith("Longhaul", StringComparison.Ordinal) ? $"{type.Namespace}." : "";
    }
}
