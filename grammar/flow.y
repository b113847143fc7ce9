/* SPDX-License-Identifier: Apache-2.0 */
/* flow.y - the grammar; each action calls one constructor of syntax/build.h.
 *
 * Two parsers are made of it: the careful one below, which is pushed each token and explains
 * what does not fit, and a plain one that pulls tokens and stops there (syntax/parse.c).
 *
 * The scanner supplies what is missing of brackets and ends each statement by NEWLINE, also
 * before a `}`.  So an error is left behind at the NEWLINE or the closing bracket of its own
 * level, and what was read before it is kept: a step with a broken head is still a step, and a
 * `let` with a broken value still binds its names.  There is no conflict, and there will be
 * none. */
%require "3.8"
%define api.pure full
%define api.push-pull push
%define api.prefix {flow_}
%define api.token.prefix {TOK_}
%define api.location.type {Span}
%define api.value.type {Value}
%define parse.error custom
%define parse.lac full
%locations
%param {Parser *p}
%expect 0

%code requires {
#include "syntax/build.h"
}

%code {
/* The scanner bounds the brackets; this bounds what needs none, and where the plain parser stops
 * the careful one says so. */
#define DEPTH_MAX  5000
#define YYMAXDEPTH (YYPUSH ? 6000 : DEPTH_MAX)

/* From the first symbol that is not empty to the last; an empty rule sits where the symbol
 * before it ended. */
#define YYLLOC_DEFAULT(Current, Rhs, N) ((Current) = locate((Rhs), (N)))

static inline Span locate(const Span *rhs, int count)
{
    if (count == 1)
        return rhs[1];
    if (count == 0)
        return (Span){ rhs[0].source, rhs[0].end, rhs[0].end };
    int first = 1, last = count;
    while (first < count && rhs[first].start == rhs[first].end)
        first++;
    while (last > first && rhs[last].start == rhs[last].end)
        last--;
    return (Span){ rhs[first].source, rhs[first].start, rhs[last].end };
}

static void yyerror(const Span *at, Parser *p, const char *message);
}

%token END 0 "the end of the file"
%token NEWLINE "the end of the line"
%token NAME "a name"
%token
    <integer> INT "a number"
    <real> FLOAT "a number with a dot"
    <integer> SIZE "a size"
    <integer> DURATION "a duration"
%token BAD "something unreadable"
%token <opening> STRING_BEGIN "a string"
%token TEXT "text" FORMAT "a format"
%token <script> SCRIPT_TEXT "the text of a script"
%token
    STRING_END "the end of the string"
    INTERP_OPEN "`{` in a string"
    INTERP_CLOSE "`}` in a string"
%token
    FLOW "`flow`" IMPORT "`import`" PARAM "`param`" POOL "`pool`" STRUCT "`struct`"
    ENUM "`enum`" EXTERN "`extern`" FN "`fn`" STEP "`step`" JOIN "`join`" TEST "`test`"
    AS "`as`" FROM "`from`"
    LET "`let`" VAR "`var`" KEEP "`keep`" IF "`if`" ELSE "`else`" MATCH "`match`" FOR "`for`"
    WHILE "`while`" IN "`in`" BREAK "`break`" CONTINUE "`continue`" RETURN "`return`"
    FAIL "`fail`" TRY "`try`" CATCH "`catch`" NEXT "`next`" FOREACH "`foreach`"
    CHECKPOINT "`checkpoint every`" ASSERT "`assert`" SCRIPT "`script`"
    TRUE "`true`" FALSE "`false`" NONE "`none`"
    AND "`and`" OR "`or`" NOT "`not`" DIV "`div`" NOT_IN "`not in`"
%token
    LPAREN "`(`" RPAREN "`)`" LBRACKET "`[`" RBRACKET "`]`" LBRACE "`{`" RBRACE "`}`"
    COMMA "`,`" COLON "`:`" DOT "`.`" QUESTION_DOT "`?.`" QUESTION "`?`"
    QUESTION_QUESTION "`??`" DOT_DOT "`..`" DOT_DOT_EQUAL "`..=`" AT "`@`" BAR "`|`"
    BAR_BAR "`||`" ARROW "`->`" FAT_ARROW "`=>`" UNDERSCORE "`_`"
    PLUS "`+`" MINUS "`-`" STAR "`*`" STAR_STAR "`**`" SLASH "`/`" PERCENT "`%`"
    EQUAL "`=`" PLUS_EQUAL "`+=`" MINUS_EQUAL "`-=`" STAR_EQUAL "`*=`"
    STAR_STAR_EQUAL "`**=`" SLASH_EQUAL "`/=`" PERCENT_EQUAL "`%=`" COALESCE_EQUAL "`??=`"
    EQUAL_EQUAL "`==`" NOT_EQUAL "`!=`" LESS "`<`" LESS_EQUAL "`<=`" GREATER "`>`"
    GREATER_EQUAL "`>=`"

%type <names> path names
%type <decl> decl plain_decl value_head
%type <annotations> annotations
%type <annotation> annotation
%type <params> items fn_params params param_list fields results
%type <params> closure_params closure_param_list
%type <param> param field closure_param
%type <generics> generics generic_list
%type <generic> generic
%type <cases> cases
%type <enum_case> enum_case
%type <params> case_params case_param_list
%type <param> case_param
%type <type> type plain_type type_choice result opt_type
%type <types> types tuple_types
%type <expr> opt_default
%type <block> block
%type <stmts> stmts
%type <stmt> stmt binding_head jump go_on assignment
%type <op> assign_op compare_op multiply_op add_op
%type <expr> expr or_expr disjunction and_expr conjunction not_expr negation comparison compared
%type <expr> range sum added product multiplied unary negative power powered power_right
%type <expr> coalesce coalesced coalesce_right coalesce_leave postfix string leave outcome
%type <expr> if_expr match_expr try_expr closure script_expr index closure_body
%type <condition> condition
%type <args> args arg_list
%type <exprs> indices exprs
%type <pairs> pairs
%type <parts> string_parts
%type <arms> arms
%type <arm> arm
%type <pattern> pattern simple_pattern bound
%type <patterns> patterns pattern_list
%type <expr> pattern_literal

%%

file : decls ;

/* ---- declarations ---------------------------------------------------------- */

decls
    : %empty
    | decls NEWLINE
    | decls decl NEWLINE                { parser_add(p, $decl); }
    | decls decl error NEWLINE          { parser_add(p, $decl); yyerrok; }
    | decls value_head error NEWLINE
            { parser_add(p, decl_value(p, @2, $2, expr_error(p, @3))); yyerrok; }
    | decls error NEWLINE               { yyerrok; }
    ;

decl
    : plain_decl
    | annotations plain_decl            { $$ = decl_annotated(p, $1, $2); }
    ;

annotations
    : annotation opt_newline                { $$ = vec_of_annotation(p, NULL, $1); }
    | annotations annotation opt_newline    { $$ = vec_of_annotation(p, $1, $2); }
    ;

annotation
    : AT NAME                           { $$ = annotation_new(p, @$, @2, NULL); }
    | AT NAME LPAREN args RPAREN        { $$ = annotation_new(p, @$, @2, $4); }
    | AT NAME LPAREN error RPAREN       { $$ = annotation_new(p, @$, @2, NULL); yyerrok; }
    ;

opt_newline : %empty | NEWLINE ;

plain_decl
    : FLOW NAME                         { $$ = decl_new(p, DECL_FLOW, @$, @2); }
    | IMPORT path                       { $$ = decl_import(p, @$, $2, (Span){ 0 }); }
    | IMPORT path AS NAME               { $$ = decl_import(p, @$, $2, @4); }
    | PARAM NAME opt_type               { $$ = decl_typed(p, DECL_PARAM, @$, @2, $3); }
    | value_head expr                   { $$ = decl_value(p, @$, $1, $2); }
    | STRUCT NAME generics LBRACE fields RBRACE
                            { $$ = decl_struct(p, span_join(@1, @3), @2, $3, $5); }
    | STRUCT NAME generics LBRACE fields error RBRACE
                            { $$ = decl_struct(p, span_join(@1, @3), @2, $3, $5); yyerrok; }
    | ENUM NAME generics LBRACE cases RBRACE
                            { $$ = decl_enum(p, span_join(@1, @3), @2, $3, $5); }
    | ENUM NAME generics LBRACE cases error RBRACE
                            { $$ = decl_enum(p, span_join(@1, @3), @2, $3, $5); yyerrok; }
    | FN NAME generics fn_params result block
                            { $$ = decl_fn(p, span_join(@1, @5), @2, $3, $4, $5, $6); }
    | FN NAME generics lost_params result block
            {
                $$ = decl_fn(p, span_join(@1, @5), @2, $3, NULL, $5, block_lost(p, $6));
                yyerrok;
            }
    | FN NAME generics fn_params error block
            {
                TypeExpr *lost = type_expr_of(p, TYPE_EXPR_ERROR, @5, NULL, NULL);
                $$ = decl_fn(p, span_join(@1, @4), @2, $3, $4, lost, $6);
                yyerrok;
            }
    | FN NAME error block
            {
                $$ = decl_fn(p, span_join(@1, @2), @2, NULL, NULL, NULL, block_lost(p, $4));
                yyerrok;
            }
    | EXTERN FN NAME LPAREN params RPAREN result FROM string
                            { $$ = decl_extern(p, @$, @3, $5, $7, $9); }
    | STEP NAME items block { $$ = decl_step(p, DECL_STEP, span_join(@1, @3), @2, $3, $4); }
    | STEP NAME error block
            { $$ = decl_step(p, DECL_STEP, span_join(@1, @2), @2, NULL, $4); yyerrok; }
    | JOIN NAME items block { $$ = decl_step(p, DECL_JOIN, span_join(@1, @3), @2, $3, $4); }
    | JOIN NAME error block
            { $$ = decl_step(p, DECL_JOIN, span_join(@1, @2), @2, NULL, $4); yyerrok; }
    | TEST string block     { $$ = decl_test(p, span_join(@1, @2), $2, $3); }
    ;

/* What can be left without its value and still be known by its name. */
value_head
    : PARAM NAME opt_type EQUAL         { $$ = decl_typed(p, DECL_PARAM, @$, @2, $3); }
    | LET NAME opt_type EQUAL           { $$ = decl_typed(p, DECL_LET, @$, @2, $3); }
    | POOL NAME EQUAL                   { $$ = decl_new(p, DECL_POOL, @$, @2); }
    ;

path
    : NAME                              { $$ = vec_of_ident(p, NULL, @1); }
    | path DOT NAME                     { $$ = vec_of_ident(p, $1, @3); }
    ;

opt_type
    : %empty                            { $$ = NULL; }
    | COLON type_choice                 { $$ = $2; }
    ;

opt_default
    : %empty                            { $$ = NULL; }
    | EQUAL expr                        { $$ = $2; }
    ;

result
    : %empty                            { $$ = NULL; }
    | ARROW type                        { $$ = $2; }
    ;

generics
    : %empty                            { $$ = NULL; }
    | LBRACKET generic_list RBRACKET    { $$ = $2; }
    ;

generic_list
    : generic                           { $$ = vec_of_generic(p, NULL, $1); }
    | generic_list COMMA generic        { $$ = vec_of_generic(p, $1, $3); }
    ;

generic
    : NAME                              { $$ = generic_new(p, @1, (Span){ 0 }); }
    | NAME COLON NAME                   { $$ = generic_new(p, @1, @3); }
    ;

/* Symbols of their own, so that an error behind them does not lead back into them. */
fn_params : LPAREN params RPAREN        { $$ = $2; } ;
lost_params : LPAREN error RPAREN       { yyerrok; } ;

items
    : %empty                            { $$ = NULL; }
    | LPAREN params RPAREN              { $$ = $2; }
    | LPAREN error RPAREN               { $$ = NULL; yyerrok; }
    ;

params
    : %empty                            { $$ = NULL; }
    | param_list
    | param_list COMMA
    ;

param_list
    : param                             { $$ = vec_of_param(p, NULL, $1); }
    | param_list COMMA param            { $$ = vec_of_param(p, $1, $3); }
    ;

param
    : NAME COLON type_choice opt_default        { $$ = param_new(p, @1, $3, $4, false); }
    | VAR NAME COLON type_choice opt_default    { $$ = param_new(p, @2, $4, $5, true); }
    | NAME opt_default                          { $$ = param_untyped(p, @1, $2, false); }
    | VAR NAME opt_default                      { $$ = param_untyped(p, @2, $3, true); }
    ;

fields
    : %empty                            { $$ = NULL; }
    | fields field separator            { $$ = vec_of_param(p, $1, $2); }
    | fields error separator            { $$ = $1; yyerrok; }
    ;

field
    : NAME COLON type opt_default       { $$ = param_new(p, @1, $3, $4, false); }
    | NAME                              { $$ = param_untyped(p, @1, NULL, false); }
    ;

separator : COMMA | NEWLINE ;

cases
    : %empty                            { $$ = NULL; }
    | cases enum_case separator         { $$ = vec_of_case(p, $1, $2); }
    | cases NAME error separator        { $$ = vec_of_case(p, $1, case_new(p, @2, NULL)); yyerrok; }
    | cases error separator             { $$ = $1; yyerrok; }
    ;

enum_case
    : NAME                                  { $$ = case_new(p, @1, NULL); }
    | NAME LPAREN case_params RPAREN        { $$ = case_new(p, @1, $3); }
    | NAME LPAREN error RPAREN              { $$ = case_new(p, @1, NULL); yyerrok; }
    ;

case_params : case_param_list | case_param_list COMMA ;

case_param_list
    : case_param                            { $$ = vec_of_param(p, NULL, $1); }
    | case_param_list COMMA case_param      { $$ = vec_of_param(p, $1, $3); }
    ;

case_param
    : NAME COLON type                   { $$ = param_new(p, @1, $3, NULL, false); }
    | type                              { $$ = param_new(p, (Span){ 0 }, $1, NULL, false); }
    ;

/* ---- types ------------------------------------------------------------------ */

/* `good | poor`, for the inputs of a join. */
type_choice
    : type
    | type_choice BAR type              { $$ = type_expr_union(p, @$, $1, $3); }
    ;

/* The result of a function type takes a following `?`. */
type
    : plain_type
    | FN LPAREN types RPAREN                { $$ = type_expr_fn(p, @$, $3, NULL); }
    | FN LPAREN types RPAREN ARROW type     { $$ = type_expr_fn(p, @$, $3, $6); }
    | FN LPAREN RPAREN                      { $$ = type_expr_fn(p, @$, NULL, NULL); }
    | FN LPAREN RPAREN ARROW type           { $$ = type_expr_fn(p, @$, NULL, $5); }
    ;

plain_type
    : NAME                              { $$ = type_expr_name(p, @$, (Span){ 0 }, @1, NULL); }
    | NAME DOT NAME                     { $$ = type_expr_name(p, @$, @1, @3, NULL); }
    | NAME LBRACKET types RBRACKET      { $$ = type_expr_name(p, @$, (Span){ 0 }, @1, $3); }
    | NAME DOT NAME LBRACKET types RBRACKET
                                        { $$ = type_expr_name(p, @$, @1, @3, $5); }
    | LBRACKET type_choice RBRACKET     { $$ = type_expr_of(p, TYPE_EXPR_LIST, @$, $2, NULL); }
    | LBRACKET type COLON type RBRACKET { $$ = type_expr_of(p, TYPE_EXPR_MAP, @$, $2, $4); }
    | LBRACKET error RBRACKET
            { $$ = type_expr_of(p, TYPE_EXPR_ERROR, @$, NULL, NULL); yyerrok; }
    | LPAREN error RPAREN
            { $$ = type_expr_of(p, TYPE_EXPR_ERROR, @$, NULL, NULL); yyerrok; }
    | LPAREN tuple_types RPAREN         { $$ = type_expr_tuple(p, @$, $2); }
    | LPAREN tuple_types COMMA RPAREN   { $$ = type_expr_tuple(p, @$, $2); }
    | plain_type QUESTION               { $$ = type_expr_option(p, @$, $1); }
    ;

types
    : type                              { $$ = vec_of_type(p, NULL, (Span){ 0 }, $1); }
    | types COMMA type                  { $$ = vec_of_type(p, $1, (Span){ 0 }, $3); }
    ;

tuple_types
    : type                              { $$ = vec_of_type(p, NULL, (Span){ 0 }, $1); }
    | NAME COLON type                   { $$ = vec_of_type(p, NULL, @1, $3); }
    | tuple_types COMMA type            { $$ = vec_of_type(p, $1, (Span){ 0 }, $3); }
    | tuple_types COMMA NAME COLON type { $$ = vec_of_type(p, $1, @3, $5); }
    ;

/* ---- statements --------------------------------------------------------------- */

block
    : LBRACE stmts RBRACE               { $$ = block_new(p, @$, @3, $2); }
    | LBRACE stmts error RBRACE
            { $$ = block_new(p, @$, @4, vec_of_stmt(p, $2, stmt_error(p, @3))); yyerrok; }
    | LBRACE stmts binding_head error RBRACE
            { $$ = block_new(p, @$, @5, vec_of_stmt(p, $2, stmt_unbound(p, $3, @3, @4))); yyerrok; }
    ;

stmts
    : %empty                            { $$ = NULL; }
    | stmts stmt NEWLINE                { $$ = vec_of_stmt(p, $1, $2); }
    | stmts binding_head error NEWLINE
            { $$ = vec_of_stmt(p, $1, stmt_unbound(p, $2, @2, @3)); yyerrok; }
    | stmts error NEWLINE               { $$ = vec_of_stmt(p, $1, stmt_error(p, @2)); yyerrok; }
    ;

stmt
    : expr                              { $$ = stmt_expr(p, @$, $1); }
    | assignment
    | binding_head expr                 { $$ = stmt_bound(p, $1, @$, $2); }
    | binding_head leave                { $$ = stmt_bound(p, $1, @$, $2); }
    | KEEP NAME                         { $$ = stmt_keep_name(p, @$, @1, @2); }
    | FOR bound IN expr block           { $$ = stmt_for(p, @$, @1, $2, $4, $5); }
    | WHILE condition block             { $$ = stmt_while(p, @$, @1, $2, $3); }
    | leave                             { $$ = stmt_leave(p, @$, @1, $1); }
    | CHECKPOINT expr                   { $$ = stmt_value(p, STMT_CHECKPOINT, @$, @1, $2); }
    | ASSERT expr                       { $$ = stmt_value(p, STMT_ASSERT, @$, @1, $2); }
    | NEXT names                        { $$ = stmt_next(p, @$, @1, $2, NULL); }
    | NEXT names FOREACH expr           { $$ = stmt_next(p, @$, @1, $2, $4); }
    | BREAK                             { $$ = stmt_value(p, STMT_BREAK, @$, @1, NULL); }
    | CONTINUE                          { $$ = stmt_value(p, STMT_CONTINUE, @$, @1, NULL); }
    ;

binding_head
    : LET bound opt_type EQUAL              { $$ = stmt_head(p, STMT_LET, @1, $2, $3); }
    | VAR bound opt_type EQUAL              { $$ = stmt_head(p, STMT_VAR, @1, $2, $3); }
    | KEEP bound opt_type EQUAL             { $$ = stmt_head(p, STMT_KEEP, @1, $2, $3); }
    ;

/* Parts without parentheses, and in brackets, are read as they are meant, and reported. */
bound
    : simple_pattern
    | simple_pattern COMMA pattern_list     { $$ = pattern_bare(p, @$, $1, $3); }
    | LBRACKET patterns RBRACKET            { $$ = pattern_bare(p, @$, NULL, $2); }
    ;

assignment
    : postfix assign_op expr            { $$ = stmt_assign(p, @$, $1, $2, @2, $3); }
    | postfix assign_op leave           { $$ = stmt_assign(p, @$, $1, $2, @2, $3); }
    ;

/* What may stand in place of a value where a block could. */
jump
    : go_on
    | NEXT NAME
            { $$ = stmt_next(p, @$, @1, vec_of_ident(p, NULL, @2), NULL); }
    | NEXT NAME FOREACH expr
            { $$ = stmt_next(p, @$, @1, vec_of_ident(p, NULL, @2), $4); }
    ;

names
    : NAME                              { $$ = vec_of_ident(p, NULL, @1); }
    | names COMMA NAME                  { $$ = vec_of_ident(p, $1, @3); }
    ;

assign_op
    : EQUAL             { $$ = OP_NONE; }
    | PLUS_EQUAL        { $$ = OP_ADD; }
    | MINUS_EQUAL       { $$ = OP_SUB; }
    | STAR_EQUAL        { $$ = OP_MUL; }
    | STAR_STAR_EQUAL   { $$ = OP_POW; }
    | SLASH_EQUAL       { $$ = OP_FDIV; }
    | PERCENT_EQUAL     { $$ = OP_MOD; }
    | COALESCE_EQUAL    { $$ = OP_COALESCE; }
    ;

leave
    : FAIL expr                         { $$ = expr_leave(p, EXPR_FAIL, @$, $2); }
    | RETURN expr                       { $$ = expr_leave(p, EXPR_RETURN, @$, $2); }
    | RETURN                            { $$ = expr_leave(p, EXPR_RETURN, @$, NULL); }
    ;

outcome
    : expr
    | leave
    | block                             { $$ = expr_block(p, $1); }
    | jump                              { $$ = expr_of_stmt(p, $1); }
    | assignment                        { $$ = expr_of_stmt(p, $1); }
    ;

/* ---- expressions, from loose to tight --------------------------------------------
 *
 * A level of operators is two symbols: what has such an operator, and that or anything tighter.
 * An expr is any of the first, so it takes one step to be seen in a name or a call, not one for
 * each level. */

expr
    : postfix
    | coalesced
    | powered
    | negative
    | multiplied
    | added
    | range
    | compared
    | negation
    | conjunction
    | disjunction
    | coalesce_leave
    | if_expr
    | match_expr
    | try_expr
    | closure
    | script_expr
    ;

if_expr
    : IF condition block                        { $$ = expr_if(p, @$, $2, $3, NULL); }
    | IF condition block ELSE block             { $$ = expr_if(p, @$, $2, $3, expr_block(p, $5)); }
    | IF condition block ELSE if_expr           { $$ = expr_if(p, @$, $2, $3, $5); }
    ;

condition
    : expr                              { $$ = condition_new(p, NULL, $1); }
    | LET simple_pattern EQUAL expr     { $$ = condition_new(p, $2, $4); }
    ;

match_expr
    : MATCH expr LBRACE arms RBRACE         { $$ = expr_match(p, @$, $2, $4); }
    | MATCH expr LBRACE arms error RBRACE   { $$ = expr_match(p, @$, $2, $4); yyerrok; }
    ;

arms
    : %empty                            { $$ = NULL; }
    | arms arm separator                { $$ = vec_of_arm(p, $1, $2); }
    | arms error separator
            { $$ = vec_of_arm(p, $1, arm_error(p, @2)); yyerrok; }
    ;

arm
    : pattern FAT_ARROW outcome             { $$ = arm_new(p, @$, $1, NULL, $3); }
    | pattern IF expr FAT_ARROW outcome     { $$ = arm_new(p, @$, $1, $3, $5); }
    ;

try_expr
    : TRY or_expr ELSE outcome          { $$ = expr_try_else(p, @$, $2, $4); }
    | TRY script_expr ELSE outcome      { $$ = expr_try_else(p, @$, $2, $4); }
    | TRY block CATCH NAME block        { $$ = expr_try_catch(p, @$, $2, @4, $5); }
    ;

closure
    : BAR closure_params BAR closure_body   { $$ = expr_closure(p, @$, $2, $4); }
    | BAR_BAR closure_body                  { $$ = expr_closure(p, @$, NULL, $2); }
    ;

closure_body
    : expr
    | leave
    | block                             { $$ = expr_block(p, $1); }
    ;

closure_params
    : closure_param_list
    | closure_param_list COMMA
    ;

closure_param_list
    : closure_param                             { $$ = vec_of_param(p, NULL, $1); }
    | closure_param_list COMMA closure_param    { $$ = vec_of_param(p, $1, $3); }
    ;

closure_param
    : NAME                              { $$ = param_new(p, @1, NULL, NULL, false); }
    | NAME COLON type                   { $$ = param_new(p, @1, $3, NULL, false); }
    | UNDERSCORE                        { $$ = param_new(p, @1, NULL, NULL, false); }
    | LPAREN patterns RPAREN            { $$ = param_parts(p, @$, pattern_tuple(p, @$, $2)); }
    ;

script_expr
    : SCRIPT NAME LPAREN args RPAREN results SCRIPT_TEXT
            { $$ = expr_script(p, @$, @2, $4, $6, @7, *$7); }
    | SCRIPT NAME results SCRIPT_TEXT
            { $$ = expr_script(p, @$, @2, NULL, $3, @4, *$4); }
    | SCRIPT NAME LPAREN args RPAREN results FROM string
            { $$ = expr_script_from(p, @$, @2, $4, $6, $8); }
    | SCRIPT NAME results FROM string
            { $$ = expr_script_from(p, @$, @2, NULL, $3, $5); }
    ;

results
    : %empty                            { $$ = NULL; }
    | ARROW LPAREN params RPAREN        { $$ = $3; }
    ;

or_expr : and_expr | disjunction ;

disjunction : or_expr OR and_expr   { $$ = expr_binary(p, @$, OP_OR, $1, @2, $3); } ;

and_expr : not_expr | conjunction ;

conjunction : and_expr AND not_expr { $$ = expr_binary(p, @$, OP_AND, $1, @2, $3); } ;

not_expr : comparison | negation ;

negation : NOT not_expr             { $$ = expr_unary(p, @$, OP_NOT, @1, $2); } ;

comparison : sum | range | compared ;

compared
    : comparison compare_op sum         { $$ = expr_compare(p, @$, $2, $1, @2, $3); }
    | comparison compare_op range       { $$ = expr_compare(p, @$, $2, $1, @2, $3); }
    ;

compare_op
    : EQUAL_EQUAL       { $$ = OP_EQ; }
    | NOT_EQUAL         { $$ = OP_NE; }
    | LESS              { $$ = OP_LT; }
    | LESS_EQUAL        { $$ = OP_LE; }
    | GREATER           { $$ = OP_GT; }
    | GREATER_EQUAL     { $$ = OP_GE; }
    | IN                { $$ = OP_IN; }
    | NOT_IN            { $$ = OP_NOT_IN; }
    ;

range
    : sum DOT_DOT sum                   { $$ = expr_range(p, @$, $1, $3, false); }
    | sum DOT_DOT_EQUAL sum             { $$ = expr_range(p, @$, $1, $3, true); }
    ;

sum : product | added ;

added : sum add_op product          { $$ = expr_binary(p, @$, $2, $1, @2, $3); } ;

add_op : PLUS { $$ = OP_ADD; } | MINUS { $$ = OP_SUB; } ;

product : unary | multiplied ;

multiplied : product multiply_op unary  { $$ = expr_binary(p, @$, $2, $1, @2, $3); } ;

multiply_op
    : STAR              { $$ = OP_MUL; }
    | SLASH             { $$ = OP_FDIV; }
    | PERCENT           { $$ = OP_MOD; }
    | DIV               { $$ = OP_IDIV; }
    | AT                { $$ = OP_MATMUL; }
    ;

unary : power | negative ;

negative : MINUS unary              { $$ = expr_unary(p, @$, OP_NEG, @1, $2); } ;

power : coalesce | powered ;

powered : coalesce STAR_STAR power_right    { $$ = expr_binary(p, @$, OP_POW, $1, @2, $3); } ;

power_right
    : power
    | MINUS power_right                 { $$ = expr_unary(p, @$, OP_NEG, @1, $2); }
    ;

coalesce : postfix | coalesced ;

coalesced
    : postfix QUESTION_QUESTION coalesce_right
            { $$ = expr_binary(p, @$, OP_COALESCE, $1, @2, $3); }
    ;

coalesce_right
    : coalesce
    | MINUS coalesce                    { $$ = expr_unary(p, @$, OP_NEG, @1, $2); }
    ;

/* `x ?? fail "no x"`, which is a whole expression: nothing can follow what leaves. */
coalesce_leave
    : postfix QUESTION_QUESTION leave
            { $$ = expr_binary(p, @$, OP_COALESCE, $1, @2, $3); }
    | postfix QUESTION_QUESTION coalesce_leave
            { $$ = expr_binary(p, @$, OP_COALESCE, $1, @2, $3); }
    | postfix QUESTION_QUESTION go_on
            { $$ = expr_binary(p, @$, OP_COALESCE, $1, @2, expr_of_stmt(p, $3)); }
    ;

go_on
    : BREAK                             { $$ = stmt_value(p, STMT_BREAK, @$, @1, NULL); }
    | CONTINUE                          { $$ = stmt_value(p, STMT_CONTINUE, @$, @1, NULL); }
    ;

postfix
    : NAME                              { $$ = expr_name(p, @1); }
    | INT                               { $$ = expr_integer(p, EXPR_INT, @1, $1); }
    | FLOAT                             { $$ = expr_real(p, @1, $1); }
    | SIZE                              { $$ = expr_integer(p, EXPR_SIZE, @1, $1); }
    | DURATION                          { $$ = expr_integer(p, EXPR_DURATION, @1, $1); }
    | TRUE                              { $$ = expr_bool(p, @$, true); }
    | FALSE                             { $$ = expr_bool(p, @$, false); }
    | NONE                              { $$ = expr_new(p, EXPR_NONE, @$); }
    | BAD                               { $$ = expr_error(p, @$); }
    | string
    | postfix DOT NAME                  { $$ = expr_field(p, @$, $1, @3, false); }
    | postfix QUESTION_DOT NAME         { $$ = expr_field(p, @$, $1, @3, true); }
    | postfix LPAREN args RPAREN        { $$ = expr_call(p, @$, $1, $3); }
    | postfix LPAREN error RPAREN       { $$ = expr_error(p, @$); yyerrok; }
    | postfix LBRACKET indices RBRACKET { $$ = expr_index(p, @$, $1, $3); }
    | postfix LBRACKET error RBRACKET   { $$ = expr_error(p, @$); yyerrok; }
    | LPAREN arg_list RPAREN            { $$ = expr_paren(p, @$, $2, false); }
    | LPAREN arg_list COMMA RPAREN      { $$ = expr_paren(p, @$, $2, true); }
    | LPAREN error RPAREN               { $$ = expr_error(p, @$); yyerrok; }
    | LBRACKET RBRACKET                 { $$ = expr_list(p, @$, NULL); }
    | LBRACKET exprs RBRACKET           { $$ = expr_list(p, @$, $2); }
    | LBRACKET exprs COMMA RBRACKET     { $$ = expr_list(p, @$, $2); }
    | LBRACKET COLON RBRACKET           { $$ = expr_map(p, @$, NULL); }
    | LBRACKET pairs RBRACKET           { $$ = expr_map(p, @$, $2); }
    | LBRACKET pairs COMMA RBRACKET     { $$ = expr_map(p, @$, $2); }
    | LBRACKET error RBRACKET           { $$ = expr_error(p, @$); yyerrok; }
    ;

exprs
    : expr                              { $$ = vec_of_expr(p, NULL, $1); }
    | exprs COMMA expr                  { $$ = vec_of_expr(p, $1, $3); }
    ;

pairs
    : expr COLON expr                   { $$ = vec_of_pair(p, NULL, $1, $3); }
    | pairs COMMA expr COLON expr       { $$ = vec_of_pair(p, $1, $3, $5); }
    ;

args
    : %empty                            { $$ = NULL; }
    | arg_list
    | arg_list COMMA
    ;

arg_list
    : expr                              { $$ = vec_of_arg(p, NULL, (Span){ 0 }, $1); }
    | NAME EQUAL expr                   { $$ = vec_of_arg(p, NULL, @1, $3); }
    | arg_list COMMA expr               { $$ = vec_of_arg(p, $1, (Span){ 0 }, $3); }
    | arg_list COMMA NAME EQUAL expr    { $$ = vec_of_arg(p, $1, @3, $5); }
    ;

indices
    : index                             { $$ = vec_of_expr(p, NULL, $1); }
    | indices COMMA index               { $$ = vec_of_expr(p, $1, $3); }
    ;

index
    : expr
    | sum DOT_DOT                       { $$ = expr_range(p, @$, $1, NULL, false); }
    | DOT_DOT sum                       { $$ = expr_range(p, @$, NULL, $2, false); }
    | DOT_DOT_EQUAL sum                 { $$ = expr_range(p, @$, NULL, $2, true); }
    | DOT_DOT                           { $$ = expr_range(p, @$, NULL, NULL, false); }
    ;

string : STRING_BEGIN string_parts STRING_END   { $$ = expr_string(p, @$, $1, $2); } ;

string_parts
    : %empty                            { $$ = NULL; }
    | string_parts TEXT                 { $$ = vec_of_text(p, $1, @2); }
    | string_parts INTERP_OPEN expr INTERP_CLOSE
                                        { $$ = vec_of_value(p, $1, span_join(@2, @4), $3); }
    | string_parts INTERP_OPEN expr FORMAT INTERP_CLOSE
            { $$ = vec_of_formatted(p, $1, span_join(@2, @5), $3, @4); }
    | string_parts INTERP_OPEN error INTERP_CLOSE
            { $$ = vec_of_value(p, $1, span_join(@2, @4), expr_error(p, @3)); yyerrok; }
    ;

/* ---- patterns ----------------------------------------------------------------------- */

pattern
    : simple_pattern
    | pattern BAR simple_pattern        { $$ = pattern_or(p, @$, $1, $3); }
    ;

simple_pattern
    : UNDERSCORE                            { $$ = pattern_new(p, PATTERN_WILDCARD, @$); }
    | NAME                                  { $$ = pattern_name(p, @$, @1); }
    | NAME LPAREN patterns RPAREN           { $$ = pattern_case(p, @$, @1, $3); }
    | NAME LPAREN error RPAREN              { $$ = pattern_new(p, PATTERN_ERROR, @$); yyerrok; }
    | NONE                                  { $$ = pattern_none(p, @$); }
    | LPAREN patterns RPAREN                { $$ = pattern_tuple(p, @$, $2); }
    | LPAREN error RPAREN                   { $$ = pattern_new(p, PATTERN_ERROR, @$); yyerrok; }
    | pattern_literal                       { $$ = pattern_literal(p, $1); }
    ;

pattern_literal
    : INT                               { $$ = expr_integer(p, EXPR_INT, @1, $1); }
    | FLOAT                             { $$ = expr_real(p, @1, $1); }
    | SIZE                              { $$ = expr_integer(p, EXPR_SIZE, @1, $1); }
    | DURATION                          { $$ = expr_integer(p, EXPR_DURATION, @1, $1); }
    | TRUE                              { $$ = expr_bool(p, @$, true); }
    | FALSE                             { $$ = expr_bool(p, @$, false); }
    | string
    | MINUS INT
            { $$ = expr_unary(p, @$, OP_NEG, @1, expr_integer(p, EXPR_INT, @2, $2)); }
    | MINUS FLOAT
            { $$ = expr_unary(p, @$, OP_NEG, @1, expr_real(p, @2, $2)); }
    ;

patterns : pattern_list | pattern_list COMMA ;

pattern_list
    : pattern                           { $$ = vec_of_pattern(p, NULL, $1); }
    | pattern_list COMMA pattern        { $$ = vec_of_pattern(p, $1, $3); }
    ;

%%

#if YYPUSH

/* Bison's own complaint is that its stack is full. */
static void yyerror(const Span *at, Parser *p, const char *message)
{
    (void)message;
    parser_too_deep(p, *at);
}

static int yyreport_syntax_error(const yypcontext_t *context, Parser *p)
{
    yysymbol_kind_t symbols[YYNTOKENS];
    int count = yypcontext_expected_tokens(context, symbols, YYNTOKENS);
    Expected expected = { 0 };
    for (int i = 0; i < count; i++) {
        for (int token = TOK_NEWLINE; token <= TOK_GREATER_EQUAL; token++)
            if (YYTRANSLATE(token) == symbols[i])
                expected_add(&expected, token, yysymbol_name(symbols[i]));
        if (symbols[i] == YYSYMBOL_YYEOF)
            expected_add(&expected, TOK_END, yysymbol_name(symbols[i]));
    }
    yysymbol_kind_t found = yypcontext_token(context);
    const Span *at = yypcontext_location(context);
    parser_unexpected(p, *at, found == YYSYMBOL_YYEMPTY ? "" : yysymbol_name(found), &expected);
    return 0;
}

bool flow_is_dropping(const flow_pstate *ps)
{
    return ps->yyerrstatus == 3;
}

bool flow_is_deep(const flow_pstate *ps)
{
    return ps->yyssp - ps->yyss > DEPTH_MAX;
}

bool flow_takes(flow_pstate *ps, Parser *p, int token)
{
    (void)p;
    yysymbol_kind_t symbols[YYNTOKENS];
    int count = flow_is_dropping(ps) ? 0 : yypstate_expected_tokens(ps, symbols, YYNTOKENS);
    for (int i = 0; i < count; i++)
        if (symbols[i] == YYTRANSLATE(token))
            return true;
    return false;
}

#else

static void yyerror(const Span *at, Parser *p, const char *message)
{
    (void)at, (void)p, (void)message;
}

/* What Bison takes for a lack of memory: the parser ends at once. */
static int yyreport_syntax_error(const yypcontext_t *context, Parser *p)
{
    (void)context, (void)p;
    return 2;
}

#endif
